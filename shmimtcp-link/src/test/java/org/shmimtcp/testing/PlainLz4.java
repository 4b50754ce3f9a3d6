package org.shmimtcp.testing;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** LZ4 blocks, by hand and without any library, for tests. Slow, and trusts its input. */
public final class PlainLz4 {
    /** The last bytes of a block are literals. */
    private static final int LAST_LITERALS = 12;

    private PlainLz4() {}

    /** Returns a block that contains only literals. */
    public static byte[] literals(byte[] data) {
        var out = new ByteArrayOutputStream();
        literals(out, data, 0, data.length, 0);
        return out.toByteArray();
    }

    /** Returns a block in which runs of one byte are short. */
    public static byte[] runs(byte[] data) {
        var out = new ByteArrayOutputStream();
        int from = 0;
        int at = 1;
        while (at < data.length - LAST_LITERALS) {
            int end = at;
            while (end < data.length - LAST_LITERALS && data[end] == data[at - 1]) {
                end++;
            }
            if (end - at < 4) {
                at++;
                continue;
            }
            int match = end - at - 4;
            literals(out, data, from, at, Math.min(15, match));
            out.write(1); // repeats the byte before
            out.write(0);
            if (match >= 15) {
                length(out, match - 15);
            }
            from = end;
            at = end + 1;
        }
        literals(out, data, from, data.length, 0);
        return out.toByteArray();
    }

    private static void literals(
            ByteArrayOutputStream out, byte[] data, int from, int to, int match) {
        int count = to - from;
        out.write(Math.min(15, count) * 16 + match);
        if (count >= 15) {
            length(out, count - 15);
        }
        out.write(data, from, count);
    }

    private static void length(ByteArrayOutputStream out, int count) {
        int rest = count;
        while (rest >= 255) {
            out.write(255);
            rest -= 255;
        }
        out.write(rest);
    }

    /** Returns the contents of a block. */
    public static byte[] expanded(byte[] block, int most) {
        byte[] out = new byte[most];
        int at = 0;
        int n = 0;
        while (true) {
            int token = Byte.toUnsignedInt(block[at++]);
            int literals = token / 16;
            if (literals == 15) {
                int more;
                do {
                    more = Byte.toUnsignedInt(block[at++]);
                    literals += more;
                } while (more == 255);
            }
            for (int i = 0; i < literals; i++) {
                out[n++] = block[at++];
            }
            if (at == block.length) {
                return Arrays.copyOf(out, n);
            }
            int back = Byte.toUnsignedInt(block[at++]);
            back += 256 * Byte.toUnsignedInt(block[at++]);
            int match = token % 16 + 4;
            if (token % 16 == 15) {
                int more;
                do {
                    more = Byte.toUnsignedInt(block[at++]);
                    match += more;
                } while (more == 255);
            }
            for (int i = 0; i < match; i++) {
                out[n] = out[n - back];
                n++;
            }
        }
    }
}
