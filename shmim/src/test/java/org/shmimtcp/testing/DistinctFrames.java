package org.shmimtcp.testing;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;

/**
 * Frames of 64-bit integers in which each pixel has a value of its own, which tells the frame and
 * the place. So a frame that is torn, shifted or mixed from two is detected wherever it is wrong.
 */
public final class DistinctFrames {
    private static final long FRAME_STEP = 1_000_003;
    private static final long PIXEL_STEP = 7;

    private DistinctFrames() {}

    private static long pixel(long frame, long i) {
        return frame * FRAME_STEP + i * PIXEL_STEP;
    }

    /** Publishes a frame, numbered from 1. */
    public static void publish(Image source, FrameWriter writer, long frame) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate(source.spec().sliceBytes(), 8);
            for (long i = 0; i < pixels.byteSize() / 8; i++) {
                pixels.setAtIndex(JAVA_LONG, i, pixel(frame, i));
            }
            writer.publish(0, pixels);
        }
    }

    /**
     * Checks every pixel of an image's newest frame.
     *
     * @return the frame's number; -1 if there is none, or it was being written
     * @throws AssertionError if a pixel is wrong
     */
    public static long numberIn(Image image) {
        long cnt0 = image.cnt0();
        long[] pixels = image.pixels().toArray(JAVA_LONG);
        if (image.isWriting() || image.cnt0() != cnt0 || cnt0 == 0) {
            return -1;
        }
        long frame = pixels[0] / FRAME_STEP;
        for (int i = 0; i < pixels.length; i++) {
            if (pixels[i] != pixel(frame, i)) {
                throw new AssertionError(
                        "pixel %d of frame %d of '%s' is %d, not %d"
                                .formatted(i, frame, image.name(), pixels[i], pixel(frame, i)));
            }
        }
        return frame;
    }
}
