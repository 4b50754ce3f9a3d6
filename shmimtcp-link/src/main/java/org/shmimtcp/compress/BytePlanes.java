package org.shmimtcp.compress;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/**
 * Pixels of several bytes as planes: first the lowest byte of each pixel, then the next one of
 * each, and so on. Signs and exponents, which change little, come together. Nothing here allocates.
 */
final class BytePlanes {
    private BytePlanes() {}

    /**
     * Splits pixels.
     *
     * @param image its pixels begin at the offset
     * @param planes its first {@code pixels * size} bytes are overwritten
     */
    static void split(MemorySegment image, long offset, int pixels, int size, byte[] planes) {
        int at = 0;
        for (int plane = 0; plane < size; plane++) {
            long from = offset + plane;
            for (int i = 0; i < pixels; i++) {
                planes[at + i] = image.get(JAVA_BYTE, from + (long) size * i);
            }
            at += pixels;
        }
    }

    /** Restores pixels from what {@link #split} made. */
    static void join(byte[] planes, int pixels, int size, MemorySegment image, long offset) {
        int at = 0;
        for (int plane = 0; plane < size; plane++) {
            long to = offset + plane;
            for (int i = 0; i < pixels; i++) {
                image.set(JAVA_BYTE, to + (long) size * i, planes[at + i]);
            }
            at += pixels;
        }
    }
}
