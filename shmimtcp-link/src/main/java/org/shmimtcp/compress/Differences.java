package org.shmimtcp.compress;

/**
 * 16-bit pixels as differences to the pixel before, modulo 65536; the first stays. A difference d
 * becomes {@code u = |d| << 1 | (d < 0)}; -32768, whose magnitude has no room there, becomes 1. The
 * values are then split, so that equal bytes come together:
 *
 * <pre>
 *    0               low bytes of u     n bytes
 *    n               bits 8 to 11       ceil(n/2): two pixels a byte, the even one in the high half
 *    n + ceil(n/2)   bits 12 to 15      likewise
 * </pre>
 *
 * <p>This is the arrangement of xrif's methods 300 and 200. Nothing here allocates.
 */
public final class Differences {
    private static final int MOST_NEGATIVE = 1;

    private Differences() {}

    /** Returns the number of bytes that so many pixels become. */
    public static int bytes(int pixels) {
        return pixels + 2 * ((pixels + 1) / 2);
    }

    /**
     * Sorts pixels.
     *
     * @param image its first {@code pixels}
     * @param sorted its first {@link #bytes} are overwritten
     */
    public static void sort(short[] image, int pixels, byte[] sorted) {
        int high = pixels;
        int highest = high + (pixels + 1) / 2;
        int before = 0;
        int i = 0;
        for (; i < pixels - 1; i += 2) {
            int even = image[i];
            int odd = image[i + 1];
            int u = folded(even - before);
            int v = folded(odd - even);
            before = odd;
            sorted[i] = (byte) u;
            sorted[i + 1] = (byte) v;
            sorted[high + (i >> 1)] = (byte) ((u >>> 8 << 4) | (v >>> 8 & 0xf));
            sorted[highest + (i >> 1)] = (byte) ((u >>> 12 << 4) | (v >>> 12 & 0xf));
        }
        if (i < pixels) { // the last one of an odd number; the other halves become 0
            int u = folded(image[i] - before);
            sorted[i] = (byte) u;
            sorted[high + (i >> 1)] = (byte) (u >>> 8 << 4);
            sorted[highest + (i >> 1)] = (byte) (u >>> 12 << 4);
        }
    }

    private static int folded(int difference) {
        int d = (short) difference;
        int u = (Math.abs(d) << 1) | (d >>> 31);
        return d == Short.MIN_VALUE ? MOST_NEGATIVE : u;
    }

    /**
     * Restores pixels from what {@link #sort} made. All bytes have a meaning, so nothing can be
     * wrong with them.
     *
     * @param image its first {@code pixels} are overwritten
     */
    public static void restore(byte[] sorted, int pixels, short[] image) {
        int high = pixels;
        int highest = high + (pixels + 1) / 2;
        int pixel = 0;
        for (int i = 0; i < pixels; i++) {
            int shift = (i & 1) == 0 ? 4 : 0;
            int half = i >> 1;
            int u =
                    (sorted[i] & 0xff)
                            | ((sorted[high + half] >>> shift & 0xf) << 8)
                            | ((sorted[highest + half] >>> shift & 0xf) << 12);
            int magnitude = u >>> 1;
            int difference = (u & 1) == 0 ? magnitude : -magnitude;
            pixel += u == MOST_NEGATIVE ? Short.MIN_VALUE : difference;
            image[i] = (short) pixel;
        }
    }
}
