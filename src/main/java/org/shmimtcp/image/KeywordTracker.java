package org.shmimtcp.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Finds the keyword slots of an image that have changed, at a bounded cost: one {@link #scan} looks
 * at {@link #SLOTS_A_SCAN} slots at most, going round a longer table. A table that is not longer is
 * seen whole each time, so that its keywords go with the very frame that they were written for.
 * Allocates nothing after construction.
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

    /** Slots from here on were never accepted: changes, whatever is in them. */
    private int unknown;

    /**
     * Starts from a table of which nothing is known: every slot is a change, those not in use too,
     * since the copy may have something there.
     */
    public KeywordTracker(Image image, Arena arena) {
        this.image = image;
        this.memory = image.memory();
        this.table = image.layout().keywords();
        this.slots = image.spec().keywords();
        this.known = arena.allocate(Math.max(1, (long) slots * KeywordLayout.BYTES), 64);
    }

    /** Starts anew: every slot is a change. */
    public void forget() {
        next = 0;
        unknown = 0;
        changes = 0;
    }

    /**
     * Looks for changes. Called again before {@link #accept} it looks at the same slots: a frame
     * may be copied more than once.
     *
     * @return number of changes
     * @throws ImageException.Truncated if the file was cut short, or another image is in it: its
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

    /** The slot of a change. */
    public int slot(int change) {
        return changed[change];
    }

    /** Copies a change's keyword, all 128 bytes. */
    public void copy(int change, MemorySegment to, long offset) {
        long from = table + offset(changed[change]);
        MemorySegment.copy(memory, from, to, offset, KeywordLayout.BYTES);
    }

    /**
     * Takes the changes as known, as they were sent, and moves on.
     *
     * @param sent where the keyword of change i is at {@code first + i * stride}
     */
    public void accept(MemorySegment sent, long first, long stride) {
        for (int i = 0; i < changes; i++) {
            MemorySegment.copy(
                    sent, first + i * stride, known, offset(changed[i]), KeywordLayout.BYTES);
        }
        int end = Math.min(slots, next + SLOTS_A_SCAN);
        unknown = Math.max(unknown, end);
        next = end == slots ? 0 : end;
        changes = 0;
    }

    /** True if the next scan starts from the table's first slot. */
    public boolean isAtStart() {
        return next == 0;
    }

    private static long offset(int slot) {
        return (long) slot * KeywordLayout.BYTES;
    }
}
