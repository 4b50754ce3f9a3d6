package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keyword table of an image. {@link #setLong} and {@link #setDouble} allocate nothing, so they
 * may be called in a loop.
 *
 * <p>The format has no lock for keywords: a keyword that another process writes at this moment may
 * be read half old, half new. Methods that take a slot throw an {@link IndexOutOfBoundsException}
 * if there is none of that number.
 */
public final class Keywords {
    /** Bytes of one slot, in the file and on the wire. */
    public static final int SLOT_BYTES = KeywordLayout.BYTES;

    private final MemorySegment table;
    private final int slots;
    private final String image;

    /**
     * Gives access to keywords outside of an image, as {@link FrameReader#newKeywordBuffer} holds
     * them.
     *
     * @param table 128 bytes for each slot: a copy of an image's table
     */
    public Keywords(MemorySegment table) {
        this(table, "");
    }

    /**
     * @param image name of the image that the table is in
     */
    Keywords(MemorySegment table, String image) {
        this.table = table;
        this.image = image;
        this.slots = (int) (table.byteSize() / KeywordLayout.BYTES);
    }

    /**
     * Allocates memory for a table whose slots are all unused. The garbage collector frees it.
     *
     * @param slots their number
     * @return 128 bytes for each slot
     */
    public static MemorySegment unused(int slots) {
        MemorySegment table = Arena.ofAuto().allocate((long) slots * SLOT_BYTES, 8);
        for (int slot = 0; slot < slots; slot++) {
            table.set(JAVA_BYTE, (long) slot * SLOT_BYTES + KeywordLayout.TYPE, (byte) 'N');
        }
        return table;
    }

    /** {@return the number of slots, used or not} */
    public int slots() {
        return slots;
    }

    /**
     * Reads one slot.
     *
     * @param slot from 0
     * @return its keyword; empty if the slot is unused
     * @throws ImageException.Truncated if the file was truncated
     */
    public Optional<Keyword> get(int slot) {
        long at = offset(slot);
        return LostMemory.read(image, () -> value(at).map(value -> keyword(at, value)));
    }

    private Keyword keyword(long at, Object value) {
        return new Keyword(
                text(at + KeywordLayout.NAME, KeywordLayout.NAME_BYTES),
                value,
                table.get(JAVA_LONG, at + KeywordLayout.COUNTER),
                text(at + KeywordLayout.COMMENT, KeywordLayout.COMMENT_BYTES));
    }

    private Optional<Object> value(long at) {
        long value = at + KeywordLayout.VALUE;
        return switch ((char) table.get(JAVA_BYTE, at + KeywordLayout.TYPE)) {
            case 'L' -> Optional.of(table.get(JAVA_LONG, value));
            case 'D' -> Optional.of(table.get(JAVA_DOUBLE, value));
            case 'S' -> Optional.of(text(value, KeywordLayout.VALUE_BYTES));
            default -> Optional.empty();
        };
    }

    /**
     * Reads the whole table.
     *
     * @return all keywords in use, in the order of their slots
     * @throws ImageException.Truncated if the file was truncated
     */
    public List<Keyword> all() {
        List<Keyword> all = new ArrayList<>();
        for (int slot = 0; slot < slots; slot++) {
            get(slot).ifPresent(all::add);
        }
        return all;
    }

    /**
     * Puts a keyword into the slot of the same name, otherwise into the first free one.
     *
     * @param name up to 16 bytes
     * @param value a Long, a Double, or a String of up to 16 bytes
     * @param comment bytes beyond 80 are cut off
     * @return its slot, for the setters
     * @throws ImageException if the table is full, or name or value do not fit
     * @throws IllegalArgumentException if the value has another type
     * @throws ImageException.Truncated if the file was truncated
     */
    public int put(String name, Object value, String comment) {
        return LostMemory.read(image, () -> write(name, value, comment));
    }

    private int write(String name, Object value, String comment) {
        Keyword keyword = new Keyword(name, value, 0, comment);
        check(keyword);
        int slot = slotFor(name);
        put(slot, keyword);
        return slot;
    }

    /**
     * Puts many keywords, each as {@link #put} does, in time proportional to their number (not its
     * square).
     *
     * @param keywords written in this order; of two with the same name, the later one stays
     * @return the number of keywords that found no free slot and were left out
     * @throws ImageException if a name or a value does not fit
     * @throws ImageException.Truncated if the file was truncated
     */
    public int putAll(List<Keyword> keywords) {
        return LostMemory.read(image, () -> writeAll(keywords));
    }

    private int writeAll(List<Keyword> keywords) {
        Map<String, Integer> slotOf = new HashMap<>();
        Deque<Integer> free = new ArrayDeque<>();
        for (int slot = 0; slot < slots; slot++) {
            Optional<Keyword> there = get(slot);
            if (there.isPresent()) {
                slotOf.putIfAbsent(there.get().name(), slot);
            } else {
                free.add(slot);
            }
        }
        int left = 0;
        for (Keyword keyword : keywords) {
            check(keyword);
            Integer slot = slotOf.get(keyword.name());
            if (slot == null) {
                slot = free.poll();
            }
            if (slot == null) {
                left++;
            } else {
                slotOf.put(keyword.name(), slot);
                put(slot, keyword);
            }
        }
        return left;
    }

    private static void check(Keyword keyword) {
        checkFits("keyword name", keyword.name(), KeywordLayout.NAME_BYTES);
        if (keyword.value() instanceof String text) {
            checkFits("value of keyword " + keyword.name(), text, KeywordLayout.VALUE_BYTES);
        }
    }

    private void put(int slot, Keyword keyword) {
        String name = keyword.name();
        String comment = keyword.comment();
        long at = offset(slot);
        setText(at, name, KeywordLayout.NAME_BYTES);
        setText(at + KeywordLayout.COMMENT, comment, KeywordLayout.COMMENT_BYTES);
        switch (keyword.value()) {
            case Long number -> {
                table.set(JAVA_BYTE, at + KeywordLayout.TYPE, (byte) 'L');
                setLong(slot, number);
            }
            case Double number -> {
                table.set(JAVA_BYTE, at + KeywordLayout.TYPE, (byte) 'D');
                setDouble(slot, number);
            }
            default -> {
                table.set(JAVA_BYTE, at + KeywordLayout.TYPE, (byte) 'S');
                String text = (String) keyword.value();
                setText(at + KeywordLayout.VALUE, text, KeywordLayout.VALUE_BYTES);
                count(at);
            }
        }
    }

    /**
     * Sets the value of a slot of type L, and counts the change. The type is not checked.
     *
     * @param slot as {@link #put} returned it
     * @param value the new value
     * @throws ImageException.Truncated if the file was truncated
     */
    public void setLong(int slot, long value) {
        long at = offset(slot);
        try {
            table.set(JAVA_LONG, at + KeywordLayout.VALUE, value);
            count(at);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(image, e);
        }
    }

    /**
     * Sets the value of a slot of type D, and counts the change. The type is not checked.
     *
     * @param slot as {@link #put} returned it
     * @param value the new value
     * @throws ImageException.Truncated if the file was truncated
     */
    public void setDouble(int slot, double value) {
        long at = offset(slot);
        try {
            table.set(JAVA_DOUBLE, at + KeywordLayout.VALUE, value);
            count(at);
            LostMemory.check();
        } catch (InternalError e) {
            throw LostMemory.truncated(image, e);
        }
    }

    /**
     * Reads the value of a slot of type L, without allocating. The type is not checked.
     *
     * @param slot as {@link #put} returned it
     * @return its value
     * @throws ImageException.Truncated if the file was truncated
     */
    public long getLong(int slot) {
        try {
            long value = table.get(JAVA_LONG, offset(slot) + KeywordLayout.VALUE);
            LostMemory.check();
            return value;
        } catch (InternalError e) {
            throw LostMemory.truncated(image, e);
        }
    }

    /**
     * Refuses a text that is too long: a name cut off could be another keyword's, or not be found
     * again.
     */
    private static void checkFits(String what, String text, int bytes) {
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length > bytes) {
            throw new ImageException(
                    what + " '" + text + "' has " + length + " bytes: at most " + bytes + " fit");
        }
    }

    private void count(long at) {
        long counter = table.get(JAVA_LONG, at + KeywordLayout.COUNTER);
        table.set(JAVA_LONG, at + KeywordLayout.COUNTER, counter + 1);
    }

    private int slotFor(String name) {
        int free = -1;
        for (int slot = 0; slot < slots; slot++) {
            Optional<Keyword> there = get(slot);
            if (there.isPresent() && there.get().name().equals(name)) {
                return slot;
            }
            if (there.isEmpty() && free < 0) {
                free = slot;
            }
        }
        if (free < 0) {
            throw new ImageException(
                    "no free keyword slot for " + name + ": all " + slots + " are in use");
        }
        return free;
    }

    private long offset(int slot) {
        return (long) slot * KeywordLayout.BYTES;
    }

    private String text(long offset, int bytes) {
        byte[] raw = table.asSlice(offset, bytes).toArray(JAVA_BYTE);
        int length = 0;
        while (length < bytes && raw[length] != 0) {
            length++;
        }
        return new String(raw, 0, length, StandardCharsets.UTF_8);
    }

    private void setText(long offset, String text, int bytes) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment field = table.asSlice(offset, bytes);
        field.fill((byte) 0);
        MemorySegment.copy(raw, 0, field, JAVA_BYTE, 0, Math.min(raw.length, bytes));
    }
}
