package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.shmimtcp.text.PlainText;

/**
 * The answer to ASK_LINKS, which is an ASK of another type: the links of a machine, little endian.
 *
 * <pre>
 *   LINKS
 *   16  version           2   version that the offering program speaks
 *   18  zero              2
 *   20  text bytes        4   n, at most 4 MiB
 *   24  time              8   when the links were read, Unix time in ms
 *   32  host             64   text
 *   96  text              n   a JSON array
 *       zeros                 to a multiple of 8
 *       zero              4
 *       checksum          4   CRC-32C from offset 16 up to here
 * </pre>
 */
public final class LinksMessage {
    /** Maximum length of the JSON text in bytes. */
    public static final int MAX_TEXT_BYTES = 4 << 20;

    private static final int VERSION = Message.HEADER_BYTES;
    private static final int TEXT_BYTES = VERSION + Integer.BYTES;
    private static final int TIME = TEXT_BYTES + Integer.BYTES;
    private static final int HOST = TIME + Long.BYTES;
    private static final int HOST_BYTES = 64;
    private static final int TEXT = HOST + HOST_BYTES;
    private static final int END_BYTES = 2 * Integer.BYTES;

    /** Length of the longest message. */
    public static final long MAX_BYTES = bytes(MAX_TEXT_BYTES);

    private LinksMessage() {}

    /**
     * The links of a machine.
     *
     * @param host the machine's own name
     * @param timeMs when they were read, Unix time in ms on the clock of that machine
     * @param json the array that {@code shmim status --json} prints there, without publishers and
     *     without the counts of ages
     */
    public record Links(String host, long timeMs, String json) {}

    /** Returns the length of a message with so long a text. */
    public static long bytes(int textBytes) {
        return TEXT + ((textBytes + 7L) & -8) + END_BYTES;
    }

    /** Writes an ASK_LINKS; returns its length. */
    public static long ask(MemorySegment memory) {
        return CatalogueMessage.ask(memory, Message.ASK_LINKS);
    }

    /**
     * Writes the answer; returns its length.
     *
     * @param memory at least {@link #bytes} long
     * @param json UTF-8, at most {@link #MAX_TEXT_BYTES}
     */
    public static long put(MemorySegment memory, String host, long timeMs, byte[] json) {
        long bytes = bytes(json.length);
        memory.asSlice(0, bytes).fill((byte) 0);
        Message.header(memory, 0, Message.LINKS, bytes - Message.HEADER_BYTES);
        memory.set(JAVA_SHORT_UNALIGNED, VERSION, (short) HeadMarker.VERSION);
        memory.set(JAVA_INT_UNALIGNED, TEXT_BYTES, json.length);
        memory.set(JAVA_LONG_UNALIGNED, TIME, timeMs);
        CatalogueMessage.putText(memory.asSlice(HOST, HOST_BYTES), host);
        MemorySegment.copy(json, 0, memory, JAVA_BYTE, TEXT, json.length);
        memory.set(
                JAVA_INT_UNALIGNED,
                bytes - Integer.BYTES,
                CatalogueMessage.checksum(memory, bytes));
        return bytes;
    }

    /**
     * Reads an answer, and trusts nothing in it.
     *
     * @param memory a whole message, whose header {@link Message#bytes} has checked
     * @throws WireException if anything in it is wrong, except in the text, which is not read
     */
    public static Links parse(MemorySegment memory, long bytes) {
        if (Message.type(memory, 0) != Message.LINKS || bytes < bytes(0)) {
            throw new WireException("no list of links, or a truncated one");
        }
        CatalogueMessage.checkVersion(memory);
        int textBytes = memory.get(JAVA_INT_UNALIGNED, TEXT_BYTES);
        if (textBytes < 0 || textBytes > MAX_TEXT_BYTES || bytes != bytes(textBytes)) {
            throw new WireException(
                    "a list of links of " + bytes + " bytes with a text of " + textBytes);
        }
        if (memory.get(JAVA_INT_UNALIGNED, bytes - Integer.BYTES)
                != CatalogueMessage.checksum(memory, bytes)) {
            throw new WireException(
                    "a list of links was damaged on the way: the checksum is wrong");
        }
        byte[] json = memory.asSlice(TEXT, textBytes).toArray(JAVA_BYTE);
        return new Links(
                PlainText.of(CatalogueMessage.text(memory.asSlice(HOST, HOST_BYTES))),
                memory.get(JAVA_LONG_UNALIGNED, TIME),
                new String(json, StandardCharsets.UTF_8));
    }
}
