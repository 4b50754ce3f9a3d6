package org.shmimtcp.compress;

/**
 * Pixels of several bytes as planes: first the lowest byte of each pixel, then the next one of
 * each, and so on. Signs and exponents, which change little, come together. Nothing here allocates.
 */
final class BytePlanes {
    private BytePlanes() {}

    /**
     * Splits pixels.
     *
     * @param image its first {@code pixels * size} bytes
     * @param planes as many bytes are overwritten
     */
    static void split(byte[] image, int pixels, int size, byte[] planes) {
        int at = 0;
        for (int plane = 0; plane < size; plane++) {
            for (int i = 0; i < pixels; i++) {
                planes[at + i] = image[plane + size * i];
            }
            at += pixels;
        }
    }

    /** Restores pixels from what {@link #split} made. */
    static void join(byte[] planes, int pixels, int size, byte[] image) {
        int at = 0;
        for (int plane = 0; plane < size; plane++) {
            for (int i = 0; i < pixels; i++) {
                image[plane + size * i] = planes[at + i];
            }
            at += pixels;
        }
    }
}
