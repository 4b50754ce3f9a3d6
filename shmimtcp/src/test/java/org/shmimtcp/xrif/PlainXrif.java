package org.shmimtcp.xrif;

import java.util.Arrays;
import org.shmimtcp.testing.PlainLz4;

/** A second, plain implementation of the format, for tests. It is slow and trusts its input. */
public final class PlainXrif {
    private PlainXrif() {}

    public static byte[] compressed(byte[] image) {
        return PlainLz4.literals(sorted(image));
    }

    public static byte[] expanded(byte[] compressed, int pixels) {
        byte[] sorted = PlainLz4.expanded(compressed, 4 * pixels);
        if (sorted.length != 4 * pixels) {
            throw new IllegalStateException(sorted.length + " bytes for " + pixels + " pixels");
        }
        String[] nibbles = new String[2];
        int half = (pixels + 1) / 2;
        StringBuilder hex = new StringBuilder();
        for (byte b : sorted) {
            hex.append(String.format("%02x", b));
        }
        nibbles[0] = hex.substring(2 * pixels, 2 * (pixels + half));
        nibbles[1] = hex.substring(2 * (pixels + half), 2 * (pixels + 2 * half));
        byte[] image = new byte[2 * pixels];
        long sum = 0;
        for (int i = 0; i < pixels; i++) {
            String digits =
                    ""
                            + nibbles[1].charAt(i)
                            + nibbles[0].charAt(i)
                            + hex.substring(2 * i, 2 * i + 2);
            int u = Integer.parseInt(digits, 16);
            int magnitude = u / 2;
            if (u == 1) {
                sum -= 32768;
            } else if (u % 2 == 1) {
                sum -= magnitude;
            } else {
                sum += magnitude;
            }
            long value = Math.floorMod(sum, 65536L);
            image[2 * i] = (byte) value;
            image[2 * i + 1] = (byte) (value / 256);
        }
        return image;
    }

    static byte[] sorted(byte[] image) {
        int pixels = image.length / 2;
        StringBuilder low = new StringBuilder();
        StringBuilder high = new StringBuilder();
        StringBuilder highest = new StringBuilder();
        for (int i = 0; i < pixels; i++) {
            int step = value(image, i) - (i == 0 ? 0 : value(image, i - 1));
            if (step > 32767) {
                step -= 65536;
            } else if (step < -32768) {
                step += 65536;
            }
            if (step == -32768) {
                step = 0;
                highest.append('0');
                high.append('0');
                low.append("01");
            } else {
                int u = step < 0 ? 2 * -step + 1 : 2 * step;
                String digits = String.format("%04x", u);
                highest.append(digits.charAt(0));
                high.append(digits.charAt(1));
                low.append(digits, 2, 4);
            }
        }
        if (pixels % 2 == 1) {
            high.append('0');
            highest.append('0');
        }
        String hex = low.toString() + high + highest;
        byte[] all = java.util.HexFormat.of().parseHex(hex);
        return Arrays.copyOf(all, 4 * pixels);
    }

    private static int value(byte[] image, int pixel) {
        return Byte.toUnsignedInt(image[2 * pixel])
                + 256 * Byte.toUnsignedInt(image[2 * pixel + 1]);
    }
}
