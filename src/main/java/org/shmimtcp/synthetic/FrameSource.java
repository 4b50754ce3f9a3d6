package org.shmimtcp.synthetic;

import java.lang.foreign.MemorySegment;

/**
 * Makes frames. What frame {@code n} holds depends on {@code n} alone, whatever was made before,
 * but for what {@link #stamp} adds. Nothing here allocates after construction. One thread at a
 * time.
 */
public interface FrameSource {
    /**
     * Makes a frame, ahead of the time when it is written.
     *
     * @param frame one slice of the image, {@link org.shmimtcp.image.ImageSpec#sliceBytes} bytes
     * @param n frame number, from 1 on
     */
    void fill(MemorySegment frame, long n);

    /**
     * Adds what can only be known when the frame is about to be written.
     *
     * @param nowNs on {@link org.shmimtcp.posix.Clock#monotonicNs}
     */
    default void stamp(MemorySegment frame, long nowNs) {}
}
