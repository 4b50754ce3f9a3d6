package org.shmimtcp.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * milk3 frames of a captured stream, built as docs/protocol.md describes them. Offsets and numbers
 * are written out, without code of the product.
 */
public final class Milk3Frames {
    public static final int PREFIX = 416;

    private static final int METADATA = 32;
    private static final int ATIME = METADATA + 184;
    private static final int CNT0 = METADATA + 264;
    private static final int NBKW = METADATA + 290;
    private static final int RECORD_COUNTERS = 16;

    private final GoldenWire golden;
    private final byte[] head;

    public Milk3Frames(GoldenWire golden) {
        this.golden = golden;
        this.head = golden.head();
    }

    /** Returns the same stream with a changed head. */
    public Milk3Frames with(Consumer<ByteBuffer> change) {
        Milk3Frames changed = new Milk3Frames(golden);
        change.accept(ByteBuffer.wrap(changed.head).order(ByteOrder.LITTLE_ENDIAN));
        return changed;
    }

    /**
     * Returns a frame of the stream with the pixels and keywords of a captured record; records are
     * numbered from 1.
     */
    public byte[] frame(int record, long cnt0) {
        byte[] milk1 = golden.records().get(record - 1);
        int slots = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getShort(NBKW - METADATA);
        int pixels = milk1.length - RECORD_COUNTERS - 128 * slots;
        byte[] frame = frame(cnt0, slice(milk1, pixels), slots, pixels);
        System.arraycopy(milk1, 0, frame, PREFIX, pixels);
        System.arraycopy(milk1, pixels + RECORD_COUNTERS, frame, PREFIX + pixels, 128 * slots);
        return frame;
    }

    private static long slice(byte[] milk1, int pixels) {
        return ByteBuffer.wrap(milk1).order(ByteOrder.LITTLE_ENDIAN).getLong(pixels + 8);
    }

    /** Returns a frame without keywords whose pixel bytes all have one value. */
    public byte[] plain(long cnt0, int pixelBytes, int value) {
        byte[] frame = frame(cnt0, 0, 0, pixelBytes);
        Arrays.fill(frame, PREFIX, PREFIX + pixelBytes, (byte) value);
        return frame;
    }

    private byte[] frame(long cnt0, long slice, int slots, int pixels) {
        byte[] bytes = new byte[PREFIX + pixels + 128 * slots];
        ByteBuffer frame = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        frame.putLong(0x12341234FFL).putLong(cnt0).putLong(slice).putLong(slots).put(head);
        frame.putLong(CNT0, cnt0);
        frame.putLong(ATIME, 1_700_000_000L + cnt0).putLong(ATIME + 8, 500 + cnt0);
        return bytes;
    }
}
