package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/**
 * The mark by which a shmimTCP receiver recognizes a shmimTCP transmitter. It follows the text
 * {@code 2.00} in the head's version field, which a C receiver ignores:
 *
 * <pre>
 *    0  "2.00", zero      8   as in C
 *    8  "shmimTCP"        8
 *   16  oldest version    2   protocol versions that the transmitter speaks
 *   18  newest version    2
 *   20  capabilities      4   bit 0: frames may be packed ({@link #LZ4})
 *   24  checksum          4   CRC-32C of the head's 384 bytes with zeros here
 *   28  instance          4   a random number of the transmitting process, not 0
 * </pre>
 */
public final class HeadMarker {
    /** The protocol described in docs/protocol.md. */
    public static final int VERSION = 2;

    /**
     * The capability that the pixels of a frame may be packed. In a head: the transmitter will do
     * so if the receiver can expand them. In a WELCOME: it can.
     */
    public static final int LZ4 = 1;

    private static final int MARK = 8;
    private static final long MARK_VALUE = 0x5043_546d_696d_6873L; // "shmimTCP", little endian
    private static final int OLDEST = MARK + Long.BYTES;
    private static final int NEWEST = OLDEST + Short.BYTES;
    private static final int CAPABILITIES = NEWEST + Short.BYTES;
    private static final int CHECKSUM = CAPABILITIES + Integer.BYTES;
    private static final int INSTANCE = CHECKSUM + Integer.BYTES;

    /**
     * Up to this many wrong bits, the field is taken for a damaged mark rather than the text of a C
     * program.
     */
    private static final int DAMAGED_BITS = 8;

    private HeadMarker() {}

    /**
     * Writes the mark into a head that is otherwise complete.
     *
     * @param capabilities {@link #LZ4}, or 0
     */
    public static void put(MemorySegment head, int instance, int capabilities) {
        head.set(JAVA_LONG, MARK, MARK_VALUE);
        head.set(JAVA_SHORT, OLDEST, (short) VERSION);
        head.set(JAVA_SHORT, NEWEST, (short) VERSION);
        head.set(JAVA_INT, CAPABILITIES, capabilities);
        head.set(JAVA_INT, INSTANCE, instance);
        head.set(JAVA_INT, CHECKSUM, checksum(head));
    }

    /**
     * Returns the version to speak with the transmitter that sent the head; 0 if there is no common
     * version, or if the transmitter is a C program.
     *
     * @throws WireException if the head has a mark but was damaged in transit
     */
    public static int version(MemorySegment head) {
        int wrongBits = Long.bitCount(head.get(JAVA_LONG, MARK) ^ MARK_VALUE);
        if (wrongBits > DAMAGED_BITS) {
            return 0;
        }
        if (wrongBits > 0 || head.get(JAVA_INT, CHECKSUM) != checksum(head)) {
            throw new WireException("its head was damaged on the way: the checksum is wrong");
        }
        int oldest = Short.toUnsignedInt(head.get(JAVA_SHORT, OLDEST));
        int newest = Short.toUnsignedInt(head.get(JAVA_SHORT, NEWEST));
        return oldest <= VERSION && VERSION <= newest ? VERSION : 0;
    }

    /** Returns the transmitting process's random number. Valid if {@link #version} is not 0. */
    public static int instance(MemorySegment head) {
        return head.get(JAVA_INT, INSTANCE);
    }

    /** Returns what the transmitter would do. Valid if {@link #version} is not 0. */
    public static int capabilities(MemorySegment head) {
        return head.get(JAVA_INT, CAPABILITIES);
    }

    private static int checksum(MemorySegment head) {
        CRC32C sum = new CRC32C();
        sum.update(head.asSlice(0, CHECKSUM).asByteBuffer());
        sum.update(new byte[Integer.BYTES]);
        long rest = CHECKSUM + (long) Integer.BYTES;
        sum.update(head.asSlice(rest, MilkHead.BYTES - rest).asByteBuffer());
        return (int) sum.getValue();
    }
}
