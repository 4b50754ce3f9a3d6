package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;

/**
 * The two messages with which a machine requests a stream that another one offers, little endian.
 *
 * <pre>
 *   SUBSCRIBE
 *   16  oldest version    2   protocol versions that the asking program speaks
 *   18  newest version    2
 *   20  flags             4   bit 0: every frame in the history, not only the newest;
 *                             bit 1: frames may be packed ({@link HeadMarker#LZ4})
 *   24  limit             8   frames per second, float64; 0 for none
 *   32  name             80   text
 *  112  copies            4   n, 1 to 64
 *  116  zero              4
 *  120  copies        8 × n   ids of the streams that the frames get into
 *       zero              4
 *       checksum          4   CRC-32C from offset 16 up to here
 *
 *   SUBSCRIBED
 *   16  version           2   version that the offering program speaks
 *   18  zero              2
 *   20  origins           4   n, 1 to 64
 *   24  origins       8 × n   ids of the stream and of those that it is a copy of
 *       zero              4
 *       checksum          4   CRC-32C from offset 16 up to here
 * </pre>
 */
public final class SubscribeMessage {
    /** Maximum number of machines that a stream passes one after the other. */
    public static final int MAX_IDS = 64;

    private static final int BODY = Message.HEADER_BYTES;
    private static final int OLDEST = BODY;
    private static final int NEWEST = OLDEST + Short.BYTES;
    private static final int FLAGS = NEWEST + Short.BYTES;
    private static final int LIMIT = FLAGS + Integer.BYTES;
    private static final int NAME = LIMIT + Double.BYTES;
    private static final int NAME_BYTES = StreamName.MAX_BYTES + 1;
    private static final int COPY_COUNT = NAME + NAME_BYTES;
    private static final int COPIES = COPY_COUNT + 2 * Integer.BYTES;
    private static final int END_BYTES = 2 * Integer.BYTES;

    private static final int VERSION = BODY;
    private static final int ORIGIN_COUNT = VERSION + 2 * Short.BYTES;
    private static final int ORIGINS = ORIGIN_COUNT + Integer.BYTES;

    private static final int EVERY = 1;
    private static final int LZ4 = 2;
    private static final double MAX_LIMIT_HZ = 1e6;

    private SubscribeMessage() {}

    /**
     * A request for a stream.
     *
     * @param stream its name on the machine that offers it
     * @param every true for every frame that is still in its history, false for the newest only
     * @param lz4 true for packed frames, where packing makes them shorter
     * @param maxHz frames per second; 0 for no limit
     * @param copies ids of the streams that the frames get into: first that of the copy, then of
     *     known copies of the copy
     */
    public record Request(
            String stream, boolean every, boolean lz4, double maxHz, List<Long> copies) {
        public Request {
            copies = List.copyOf(copies);
        }
    }

    /** Writes a SUBSCRIBE; returns its length. */
    public static long put(MemorySegment memory, Request request) {
        long bytes = COPIES + (long) Long.BYTES * request.copies.size() + END_BYTES;
        memory.asSlice(0, bytes).fill((byte) 0);
        Message.header(memory, 0, Message.SUBSCRIBE, bytes - BODY);
        memory.set(JAVA_SHORT_UNALIGNED, OLDEST, (short) HeadMarker.VERSION);
        memory.set(JAVA_SHORT_UNALIGNED, NEWEST, (short) HeadMarker.VERSION);
        memory.set(
                JAVA_INT_UNALIGNED, FLAGS, (request.every ? EVERY : 0) | (request.lz4 ? LZ4 : 0));
        memory.set(JAVA_DOUBLE_UNALIGNED, LIMIT, request.maxHz);
        CatalogueMessage.putText(memory.asSlice(NAME, NAME_BYTES), request.stream);
        putIds(memory, COPY_COUNT, COPIES, request.copies);
        return seal(memory, bytes);
    }

    /**
     * Reads a SUBSCRIBE and trusts nothing in it.
     *
     * @param memory a whole message, whose header {@link Message#bytes} has checked
     * @throws WireException if anything in it is wrong, or there is no common version
     */
    public static Request parse(MemorySegment memory, long bytes) {
        CatalogueMessage.checkVersions(memory, bytes);
        List<Long> copies = ids(memory, bytes, COPY_COUNT, COPIES);
        String stream = CatalogueMessage.text(memory.asSlice(NAME, NAME_BYTES));
        try {
            StreamName.check(stream);
        } catch (ImageException e) {
            throw new WireException("a request for a stream that cannot be: " + e.getMessage());
        }
        double maxHz = memory.get(JAVA_DOUBLE_UNALIGNED, LIMIT);
        if (!(maxHz >= 0 && maxHz <= MAX_LIMIT_HZ)) {
            throw new WireException("a request for " + maxHz + " frames per second");
        }
        int flags = memory.get(JAVA_INT_UNALIGNED, FLAGS);
        return new Request(stream, (flags & EVERY) != 0, (flags & LZ4) != 0, maxHz, copies);
    }

    /**
     * Writes a SUBSCRIBED; returns its length.
     *
     * @param origins at most {@link #MAX_IDS} ids: first that of the stream, then of the one that
     *     it is a copy of, and so on
     */
    public static long putAnswer(MemorySegment memory, List<Long> origins) {
        long bytes = ORIGINS + (long) Long.BYTES * origins.size() + END_BYTES;
        memory.asSlice(0, bytes).fill((byte) 0);
        Message.header(memory, 0, Message.SUBSCRIBED, bytes - BODY);
        memory.set(JAVA_SHORT_UNALIGNED, VERSION, (short) HeadMarker.VERSION);
        putIds(memory, ORIGIN_COUNT, ORIGINS, origins);
        return seal(memory, bytes);
    }

    /**
     * Reads a SUBSCRIBED and trusts nothing in it; returns the ids of the stream's origins.
     *
     * @throws WireException if anything in it is wrong
     */
    public static List<Long> parseAnswer(MemorySegment memory, long bytes) {
        int version =
                bytes < ORIGIN_COUNT
                        ? 0
                        : Short.toUnsignedInt(memory.get(JAVA_SHORT_UNALIGNED, VERSION));
        if (version != HeadMarker.VERSION) {
            throw new WireException("version " + version + ", which was not offered");
        }
        return ids(memory, bytes, ORIGIN_COUNT, ORIGINS);
    }

    private static void putIds(MemorySegment memory, int countAt, int at, List<Long> ids) {
        if (ids.isEmpty() || ids.size() > MAX_IDS) {
            throw new IllegalArgumentException(ids.size() + " ids");
        }
        memory.set(JAVA_INT_UNALIGNED, countAt, ids.size());
        for (int i = 0; i < ids.size(); i++) {
            memory.set(JAVA_LONG_UNALIGNED, at + (long) Long.BYTES * i, ids.get(i));
        }
    }

    private static long seal(MemorySegment memory, long bytes) {
        memory.set(JAVA_INT_UNALIGNED, bytes - Integer.BYTES, checksum(memory, bytes));
        return bytes;
    }

    /** Checks length and checksum; returns the ids. */
    private static List<Long> ids(MemorySegment memory, long bytes, int countAt, int at) {
        int count = bytes < at ? -1 : memory.get(JAVA_INT_UNALIGNED, countAt);
        if (count < 1 || count > MAX_IDS || bytes != at + (long) Long.BYTES * count + END_BYTES) {
            throw new WireException(
                    "a message of type "
                            + Message.type(memory, 0)
                            + " with "
                            + bytes
                            + " bytes and "
                            + count
                            + " ids");
        }
        if (memory.get(JAVA_INT_UNALIGNED, bytes - Integer.BYTES) != checksum(memory, bytes)) {
            throw new WireException(
                    "a message of type "
                            + Message.type(memory, 0)
                            + " was damaged on the way: the checksum is wrong");
        }
        List<Long> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(memory.get(JAVA_LONG_UNALIGNED, at + (long) Long.BYTES * i));
        }
        return ids;
    }

    private static int checksum(MemorySegment memory, long bytes) {
        CRC32C sum = new CRC32C();
        sum.update(memory.asSlice(BODY, bytes - BODY - Integer.BYTES).asByteBuffer());
        return (int) sum.getValue();
    }
}
