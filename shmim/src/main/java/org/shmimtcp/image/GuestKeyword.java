package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A keyword in a table that belongs to another writer. It occupies a free slot, searched from the
 * end of the table, and moves when the owner takes that slot. A slot is written only if it is free,
 * or holds what this object wrote. A slot that an earlier process wrote under the same name and
 * comment is reused. Allocates nothing after construction.
 */
public final class GuestKeyword {
    private static final int NONE = -1;

    /** The content the slot should have, and the content written last. */
    private final MemorySegment wanted = Arena.ofAuto().allocate(KeywordLayout.BYTES, 8);

    private final MemorySegment written = Arena.ofAuto().allocate(KeywordLayout.BYTES, 8);
    private int slot = NONE;

    private GuestKeyword(char type, String name, String comment) {
        setText(KeywordLayout.NAME, KeywordLayout.NAME_BYTES, name);
        setText(KeywordLayout.COMMENT, KeywordLayout.COMMENT_BYTES, comment);
        wanted.set(JAVA_BYTE, KeywordLayout.TYPE, (byte) type);
    }

    /**
     * Makes a keyword with a whole number (type L).
     *
     * @param name up to 16 bytes in UTF-8; the rest is cut off
     * @param comment up to 80 bytes; the rest is cut off
     * @return a keyword of value 0, which is in no image yet
     */
    public static GuestKeyword ofLong(String name, String comment) {
        return new GuestKeyword('L', name, comment);
    }

    /**
     * Makes a keyword with a text (type S).
     *
     * @param name up to 16 bytes in UTF-8; the rest is cut off
     * @param comment up to 80 bytes; the rest is cut off
     * @return a keyword with an empty text, which is in no image yet
     */
    public static GuestKeyword ofText(String name, String comment) {
        return new GuestKeyword('S', name, comment);
    }

    private void setText(int offset, int bytes, String text) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        wanted.asSlice(offset, bytes).fill((byte) 0);
        MemorySegment.copy(raw, 0, wanted, JAVA_BYTE, offset, Math.min(raw.length, bytes));
    }

    /**
     * Sets the value for the next {@link #write}.
     *
     * @param value of a keyword made by {@link #ofLong}
     */
    public void set(long value) {
        wanted.set(JAVA_LONG, KeywordLayout.VALUE, value);
    }

    /**
     * Sets the value for the next {@link #write}.
     *
     * @param value of a keyword made by {@link #ofText}; bytes beyond 16 are cut off
     */
    public void set(String value) {
        setText(KeywordLayout.VALUE, KeywordLayout.VALUE_BYTES, value);
    }

    /**
     * Writes the value into the image.
     *
     * @param image must be writable
     * @param firstSlot slots before this one belong to the owner, free or not
     * @return false if there is no room
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean write(Image image, int firstSlot) {
        MemorySegment memory = image.memory();
        long table = image.layout().keywordsOffset();
        try {
            if (!isAtHome(memory, table, firstSlot, image.spec().keywordSlots())) {
                slot = search(memory, table, firstSlot, image.spec().keywordSlots());
            }
            if (slot != NONE) {
                long at = offset(table, slot);
                long count = wanted.get(JAVA_LONG, KeywordLayout.COUNTER);
                wanted.set(JAVA_LONG, KeywordLayout.COUNTER, count + 1);
                written.copyFrom(wanted);
                MemorySegment.copy(wanted, 0, memory, at, KeywordLayout.BYTES);
            }
            LostMemory.check();
            return slot != NONE;
        } catch (InternalError e) {
            throw LostMemory.truncated(image.name(), e);
        }
    }

    private boolean isAtHome(MemorySegment memory, long table, int firstSlot, int slots) {
        return slot >= firstSlot
                && slot < slots
                && same(memory, offset(table, slot), written, 0, KeywordLayout.BYTES);
    }

    /** Returns a slot that holds this keyword already, else the last free slot. */
    private int search(MemorySegment memory, long table, int firstSlot, int slots) {
        int free = NONE;
        for (int i = slots - 1; i >= firstSlot; i--) {
            long at = offset(table, i);
            if (isOwn(memory, at)) {
                return i;
            }
            if (free == NONE && isFree(memory.get(JAVA_BYTE, at + KeywordLayout.TYPE))) {
                free = i;
            }
        }
        return free;
    }

    private boolean isOwn(MemorySegment memory, long at) {
        return same(memory, at, wanted, KeywordLayout.NAME, KeywordLayout.TYPE + 1)
                && same(
                        memory,
                        at,
                        wanted,
                        KeywordLayout.COMMENT,
                        KeywordLayout.COMMENT + KeywordLayout.COMMENT_BYTES);
    }

    private static boolean same(
            MemorySegment memory, long at, MemorySegment other, long from, long to) {
        return MemorySegment.mismatch(memory, at + from, at + to, other, from, to) == -1;
    }

    private static boolean isFree(byte type) {
        return type != 'L' && type != 'D' && type != 'S';
    }

    private static long offset(long table, int slot) {
        return table + (long) slot * KeywordLayout.BYTES;
    }
}
