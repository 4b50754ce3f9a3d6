package org.shmimtcp.fits;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The binary table FRAMES that follows a cube of frames: one row per frame, of four big-endian
 * 64-bit integers.
 *
 * <pre>
 *    0  CNT0    8   the stream's counter of updates
 *    8  CNT1    8   the slice that was written
 *   16  ATIME   8   when it was acquired, ns since 1970 of the stream's clock (TAI, or UTC if the
 *                   machine has no TAI offset); 0 if unknown
 *   24  WTIME   8   when it was written into the stream; clock, unit and 0 as for ATIME
 * </pre>
 */
public final class FrameTable {
    public static final int ROW_BYTES = 32;
    static final String NAME = "FRAMES";
    static final String[] COLUMNS = {"CNT0", "CNT1", "ATIME", "WTIME"};
    static final String[] COMMENTS = {
        "counter of updates",
        "slice that was written",
        "acquired, since 1970; 0: unknown",
        "written into the stream, since 1970; 0: unknown"
    };

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private FrameTable() {}

    /** Fills a row. */
    public static void put(
            MemorySegment m, long row, long cnt0, long cnt1, long acquiredNs, long writtenNs) {
        m.set(LONG, row, cnt0);
        m.set(LONG, row + 8, cnt1);
        m.set(LONG, row + 16, acquiredNs);
        m.set(LONG, row + 24, writtenNs);
    }

    public static long cnt0(MemorySegment m, long row) {
        return m.get(LONG, row);
    }

    public static long cnt1(MemorySegment m, long row) {
        return m.get(LONG, row + 8);
    }

    public static long acquiredNs(MemorySegment m, long row) {
        return m.get(LONG, row + 16);
    }

    public static long writtenNs(MemorySegment m, long row) {
        return m.get(LONG, row + 24);
    }
}
