package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * An image written by the C library, with the properties that its creator recorded.
 *
 * @param columns of MANIFEST.tsv, by their titles
 */
record GoldenImage(Map<String, String> columns) {
    private static final String SUFFIX = ".im.shm";

    static Stream<GoldenImage> all() {
        List<String> lines =
                new String(resource("MANIFEST.tsv"), StandardCharsets.UTF_8).lines().toList();
        String[] titles = lines.getFirst().split("\t", -1);
        return lines.stream().skip(1).map(line -> parse(titles, line.split("\t", -1)));
    }

    static GoldenImage named(String name) {
        return all().filter(image -> image.name().equals(name)).findFirst().orElseThrow();
    }

    private static GoldenImage parse(String[] titles, String[] values) {
        Map<String, String> columns = new LinkedHashMap<>();
        for (int i = 0; i < titles.length; i++) {
            columns.put(titles[i], values[i]);
        }
        return new GoldenImage(columns);
    }

    private static byte[] resource(String file) {
        String path = "/golden/shm/" + file;
        try (InputStream in = GoldenImage.class.getResourceAsStream(path)) {
            return Objects.requireNonNull(in, path).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String text(String column) {
        return Objects.requireNonNull(columns.get(column), column);
    }

    long number(String column) {
        return Long.decode(text(column));
    }

    String name() {
        return text("file").substring(0, text("file").length() - SUFFIX.length());
    }

    byte[] bytes() {
        return resource(text("file"));
    }

    /** Its bytes in memory, aligned like the mapped file. */
    MemorySegment segment() {
        byte[] bytes = bytes();
        MemorySegment aligned = MemorySegment.ofArray(new long[(bytes.length + 7) / 8]);
        return aligned.asSlice(0, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    ImageSpec spec() {
        return ImageSpec.parse(segment(), name());
    }

    /** Copies the file into a directory. */
    GoldenImage copyTo(Path directory) {
        try {
            Files.write(directory.resolve(text("file")), bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** The number, from 0, of the update that last wrote a pixel. */
    int lastUpdateOf(long pixel) {
        return switch (name()) {
            case "g_circ" -> pixel < 35 ? 3 : (int) (pixel / 35);
            case "g_cb4" -> 5;
            default -> 0;
        };
    }

    /** The pixels according to the formula in the last column. */
    MemorySegment expectedPixels() {
        long pixels = number("nelement");
        int bytes = (int) (number("imdatamemsize") / pixels);
        MemorySegment expected = MemorySegment.ofArray(new byte[(int) (pixels * bytes)]);
        for (long i = 0; i < pixels; i++) {
            putPixel(expected, i * bytes, i, lastUpdateOf(i));
        }
        return expected;
    }

    /** Writes pixel {@code i} of update {@code f}, according to the formula, at an offset. */
    void putPixel(MemorySegment to, long offset, long i, int f) {
        String formula = text("pattern").replaceFirst("^4 frames .*: (?=\\(float\\))", "");
        if (formula.startsWith("zeros") || formula.startsWith("NBsem=3")) {
            to.set(JAVA_FLOAT_UNALIGNED, offset, name().equals("g_sem3") ? i * 1.5f - 10 : 0);
        } else if (formula.contains("(float)((i+1000*f)*1.5-10)")) {
            to.set(JAVA_FLOAT_UNALIGNED, offset, (float) ((i + 1000.0 * f) * 1.5 - 10));
        } else if (formula.startsWith("(float)(i*1.5-10)")) {
            to.set(JAVA_FLOAT_UNALIGNED, offset, (float) (i * 1.5 - 10));
        } else if (formula.startsWith("(u8)(i*3+1)")) {
            to.set(JAVA_BYTE, offset, (byte) (i * 3 + 1));
        } else if (formula.startsWith("(i8)(i*7-100)")) {
            to.set(JAVA_BYTE, offset, (byte) (i * 7 - 100));
        } else if (formula.contains("(u16)(i*2000+7)")) {
            to.set(JAVA_SHORT_UNALIGNED, offset, (short) (i * 2000 + 7));
        } else if (formula.startsWith("(i16)(i*2000-32000)")) {
            to.set(JAVA_SHORT_UNALIGNED, offset, (short) (i * 2000 - 32000));
        } else if (formula.startsWith("(u32)(i*130000007+5)")) {
            to.set(JAVA_INT_UNALIGNED, offset, (int) (i * 130000007 + 5));
        } else if (formula.startsWith("(i32)(i*130000007-2000000000)")) {
            to.set(JAVA_INT_UNALIGNED, offset, (int) (i * 130000007 - 2000000000));
        } else if (formula.startsWith("(u64)(i*600000000000000007+11)")) {
            to.set(JAVA_LONG_UNALIGNED, offset, i * 600000000000000007L + 11);
        } else if (formula.startsWith("(i64)(i*600000000000000007-9000000000000000000)")) {
            to.set(JAVA_LONG_UNALIGNED, offset, i * 600000000000000007L - 9000000000000000000L);
        } else if (formula.startsWith("half(i*0.5-4.0)")) {
            to.set(JAVA_SHORT_UNALIGNED, offset, Float.floatToFloat16(i * 0.5f - 4));
        } else if (formula.startsWith("i/3.0-10.0")) {
            to.set(JAVA_DOUBLE_UNALIGNED, offset, i / 3.0 - 10.0);
        } else if (formula.startsWith("re=i+0.25 im=-i-0.5")) {
            to.set(JAVA_FLOAT_UNALIGNED, offset, i + 0.25f);
            to.set(JAVA_FLOAT_UNALIGNED, offset + 4, -i - 0.5f);
        } else if (formula.startsWith("re=i/3.0 im=-i/7.0")) {
            to.set(JAVA_DOUBLE_UNALIGNED, offset, i / 3.0);
            to.set(JAVA_DOUBLE_UNALIGNED, offset + 8, -i / 7.0);
        } else {
            throw new AssertionError("no such formula: " + formula);
        }
    }

    @Override
    public String toString() {
        return name();
    }
}
