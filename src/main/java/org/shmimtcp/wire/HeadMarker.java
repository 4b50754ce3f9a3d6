package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/**
 * What tells a receiver of ours that a transmitter of ours is calling. It stands in the head's
 * version field, behind the text {@code 2.00}, where a C receiver looks at nothing:
 *
 * <pre>
 *    0  "2.00", zero      8   as ever
 *    8  "shmimTCP"        8
 *   16  oldest version    2   of the protocol that the transmitter speaks
 *   18  newest version    2
 *   20  capabilities      4   bits; none defined yet
 *   24  instance          8   a random number of the transmitting process
 * </pre>
 */
public final class HeadMarker {
    /** The protocol described in docs/protocol.md. */
    public static final int VERSION = 1;

    private static final int MARK = 8;
    private static final long MARK_VALUE = 0x5043_546d_696d_6873L; // "shmimTCP", little endian
    private static final int OLDEST = MARK + Long.BYTES;
    private static final int NEWEST = OLDEST + Short.BYTES;
    private static final int CAPABILITIES = NEWEST + Short.BYTES;
    private static final int INSTANCE = CAPABILITIES + Integer.BYTES;

    private HeadMarker() {}

    /** Marks a head. */
    public static void put(MemorySegment head, long instance) {
        head.set(JAVA_LONG, MARK, MARK_VALUE);
        head.set(JAVA_SHORT, OLDEST, (short) VERSION);
        head.set(JAVA_SHORT, NEWEST, (short) VERSION);
        head.set(JAVA_INT, CAPABILITIES, 0);
        head.set(JAVA_LONG, INSTANCE, instance);
    }

    /** The version to speak with the transmitter of that head; 0 if there is none in common. */
    public static int version(MemorySegment head) {
        if (head.get(JAVA_LONG, MARK) != MARK_VALUE) {
            return 0;
        }
        int oldest = Short.toUnsignedInt(head.get(JAVA_SHORT, OLDEST));
        int newest = Short.toUnsignedInt(head.get(JAVA_SHORT, NEWEST));
        return oldest <= VERSION && VERSION <= newest ? VERSION : 0;
    }

    /** The number of the transmitting process. */
    public static long instance(MemorySegment head) {
        return head.get(JAVA_LONG, INSTANCE);
    }
}
