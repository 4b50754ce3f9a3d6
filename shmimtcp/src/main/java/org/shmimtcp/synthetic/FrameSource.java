package org.shmimtcp.synthetic;

import java.lang.foreign.MemorySegment;

/**
 * Computes frames. The content of frame {@code n} depends only on {@code n}, not on earlier frames,
 * except for what {@link #stamp} adds. Allocates nothing after construction. Not thread-safe.
 */
public interface FrameSource {
    /**
     * Computes a frame, ahead of the time when it is written.
     *
     * @param frame one slice of the image, {@link org.shmimtcp.image.ImageSpec#sliceBytes} bytes
     * @param n frame number, from 1
     */
    void fill(MemorySegment frame, long n);

    /**
     * Adds what is known only when the frame is about to be written.
     *
     * @param nowNs on {@link org.shmimtcp.posix.Clock#monotonicNs}
     */
    default void stamp(MemorySegment frame, long nowNs) {}
}
