package org.shmimtcp.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.shmimtcp.posix.NativeMemory;

/**
 * Finds the keyword slots of an image that have changed, at a bounded cost: one {@link #scan}
 * checks at most {@link #SLOTS_A_SCAN} slots, and continues through a longer table with each call.
 * A table that is not longer is checked completely each time, so that its keywords are sent with
 * the frame that they were written for. Allocates nothing after construction.
 */
public final class KeywordTracker {
    /** 32 kB, compared in about a microsecond. */
    public static final int SLOTS_A_SCAN = 256;

    private final Image image;
    private final MemorySegment memory;
    private final long table;
    private final int slots;
    private final MemorySegment known;
    private final int[] changed = new int[SLOTS_A_SCAN];
    private int changes;
    private int next;

    /** Slots from here on were never accepted: they count as changed whatever they hold. */
    private int unknown;

    /**
     * Starts without any knowledge of the table: every slot counts as changed, unused ones too,
     * since the copy may have something there.
     *
     * @param image must stay open while this object is used
     * @param arena owns the memory for what is known: 128 bytes a slot
     */
    public KeywordTracker(Image image, Arena arena) {
        this.image = image;
        this.memory = image.memory();
        this.table = image.layout().keywordsOffset();
        this.slots = image.spec().keywordSlots();
        this.known = arena.allocate(Math.max(1, (long) slots * KeywordLayout.BYTES), 64);
    }

    /** Forgets all slots: every slot counts as changed again. */
    public void forget() {
        next = 0;
        unknown = 0;
        changes = 0;
    }

    /**
     * Finds changed slots. Another call before {@link #accept} checks the same slots again, because
     * a frame may be copied more than once.
     *
     * @return number of changes
     * @throws ImageException.Truncated if the file was truncated or holds another image now, whose
     *     keywords would be taken for this one's
     */
    public int scan() {
        try {
            int found = findChanges();
            if (!image.holdsSameImage()) {
                LostMemory.check();
                throw ImageException.Truncated.recreated(image.name());
            }
            LostMemory.check();
            return found;
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
        }
    }

    private int findChanges() {
        changes = 0;
        int end = Math.min(slots, next + SLOTS_A_SCAN);
        long at = offset(next);
        long knownEnd = offset(Math.min(end, unknown));
        while (at < knownEnd) {
            long same =
                    MemorySegment.mismatch(
                            memory, table + at, table + knownEnd, known, at, knownEnd);
            if (same < 0) {
                break;
            }
            int slot = (int) ((at + same) / KeywordLayout.BYTES);
            changed[changes++] = slot;
            at = offset(slot + 1);
        }
        for (int slot = Math.max(next, unknown); slot < end; slot++) {
            changed[changes++] = slot;
        }
        return changes;
    }

    /**
     * {@return the slot of a change}
     *
     * @param change from 0, less than the result of {@link #scan}
     */
    public int slot(int change) {
        return changed[change];
    }

    /**
     * Copies the 128 bytes of a changed keyword, as they are now.
     *
     * @param change from 0, less than the result of {@link #scan}
     * @param to has room for 128 bytes at the offset
     * @param offset where the slot begins in {@code to}, in bytes
     * @throws ImageException.Truncated if the file was truncated
     */
    public void copy(int change, MemorySegment to, long offset) {
        long from = table + offset(changed[change]);
        try {
            NativeMemory.copy(memory, from, to, offset, KeywordLayout.BYTES);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
        }
    }

    /**
     * Records the changes as known, with the content that was sent, and moves to the next slots.
     *
     * @param sent where the keyword of change i is at {@code first + i * stride}
     * @param first where the keyword of change 0 begins, in bytes
     * @param stride the distance to that of the next change, in bytes
     */
    public void accept(MemorySegment sent, long first, long stride) {
        for (int i = 0; i < changes; i++) {
            NativeMemory.copy(
                    sent, first + i * stride, known, offset(changed[i]), KeywordLayout.BYTES);
        }
        int end = Math.min(slots, next + SLOTS_A_SCAN);
        unknown = Math.max(unknown, end);
        next = end == slots ? 0 : end;
        changes = 0;
    }

    /**
     * Copies the 128 bytes of a keyword as they were accepted last; zeros if they never were.
     *
     * @param slot from 0, less than the number of slots of the image
     * @param to has room for 128 bytes at the offset
     * @param offset where the slot begins in {@code to}, in bytes
     */
    public void copyAccepted(int slot, MemorySegment to, long offset) {
        NativeMemory.copy(known, offset(slot), to, offset, KeywordLayout.BYTES);
    }

    /** {@return true if the next scan starts from the first slot of the table} */
    public boolean isAtStart() {
        return next == 0;
    }

    private static long offset(int slot) {
        return (long) slot * KeywordLayout.BYTES;
    }
}
