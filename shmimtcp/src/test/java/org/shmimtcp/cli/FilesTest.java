package org.shmimtcp.cli;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Keyword;
import org.shmimtcp.image.Shape;

/** save, load and recover with files created by the test. */
class FilesTest {
    @TempDir Path dir;
    private Shell shell = new Shell(Path.of(""));

    @BeforeEach
    void shell() {
        shell = new Shell(dir);
    }

    private Shell.Result run(String line) {
        return shell.run("shmim", line.replace("DIR", dir.toString()).split(" "));
    }

    private void succeed(String line) {
        var result = run(line);
        assertThat(result.exit()).as("%s: %s", line, result.err()).isZero();
    }

    private void publishZeros(String name) {
        try (Image image = shell.open(name)) {
            publish(image, new byte[(int) image.spec().pixelBytes()]);
        }
    }

    private static void publish(Image image, byte[] pixels) {
        FrameWriter writer = image.newWriter();
        writer.begin();
        writer.writeImage(MemorySegment.ofArray(pixels), 0);
        writer.commit(0);
    }

    private static byte[] pixels(Image image) {
        return image.pixels().toArray(JAVA_BYTE);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"COMPLEX_FLOAT", "COMPLEX_DOUBLE"})
    void everyTypeComesBack(DataType type) {
        for (Shape shape : List.of(Shape.of(13), Shape.of(7, 5), Shape.of(7, 5, 3))) {
            String name = type.letters() + shape;
            try (Image image = Image.create(shell.directory, ImageSpec.of(name, type, shape))) {
                byte[] pixels = new byte[(int) image.spec().pixelBytes()];
                new SplittableRandom(7).nextBytes(pixels);
                if (type == DataType.HALF) { // no NaNs: a float does not keep their bits
                    for (int i = 1; i < pixels.length; i += 2) {
                        pixels[i] &= 0x3f;
                    }
                }
                publish(image, pixels);
                succeed("save " + name + " DIR/" + name + ".fits");
                succeed("load DIR/" + name + ".fits copy" + name);
                try (Image copy = shell.open("copy" + name)) {
                    assertThat(copy.spec().describe()).isEqualTo(image.spec().describe());
                    assertThat(pixels(copy)).isEqualTo(pixels);
                    assertThat(copy.cnt0()).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void keywordsComeBack() throws IOException {
        succeed("create cam 3 2 --keywords 20");
        publishZeros("cam");
        List<Keyword> keywords =
                List.of(
                        new Keyword("GAIN", 0.1 + 0.2, 1, "of the loop"),
                        new Keyword("TINY", 4.9e-324, 1, ""),
                        new Keyword("WHOLE", 3.0, 1, "still a double"),
                        new Keyword("COUNT", Long.MIN_VALUE, 1, ""),
                        new Keyword("FILTER", "it's 'H' / K", 1, "quotes"),
                        new Keyword("lower case name", 5L, 1, "no FITS name"),
                        new Keyword("NAXIS1", 17L, 1, "not the axis"),
                        new Keyword("DATE", "not the date", 1, ""),
                        new Keyword("longer_than_8_ch", 1.5, 1, "y".repeat(80)));
        try (Image image = shell.open("cam")) {
            keywords.forEach(k -> image.keywords().put(k.name(), k.value(), k.comment()));
            image.keywords().put("NOTANUMBER", Double.NaN, "");
        }
        succeed("save cam DIR/cam.fits");
        var result = run("load DIR/cam.fits copy");
        assertThat(result.exit()).as(result.err()).isZero();
        try (Image copy = shell.open("copy")) {
            List<Keyword> found = copy.keywords().all();
            assertThat(found).hasSize(10);
            for (int i = 0; i < keywords.size(); i++) {
                Keyword wanted = keywords.get(i);
                assertThat(found.get(i).name()).isEqualTo(wanted.name().replace(' ', '_'));
                assertThat(found.get(i).value()).isEqualTo(wanted.value());
                assertThat(wanted.comment()).startsWith(found.get(i).comment());
            }
            assertThat(found.getLast().value()).isEqualTo("NaN");
        }
        assertThat(Files.size(dir.resolve("cam.fits"))).isEqualTo(2 * 2880);
    }

    @Test
    void xIsTheFirstAxis() throws IOException {
        succeed("create cam 3 2 --type si16");
        try (Image image = shell.open("cam");
                Arena arena = Arena.ofConfined()) {
            MemorySegment pixels =
                    arena.allocateFrom(
                            JAVA_SHORT,
                            (short) 1,
                            (short) 2,
                            (short) 3,
                            (short) 11,
                            (short) 12,
                            (short) 13);
            image.newWriter().publish(0, pixels);
        }
        succeed("save cam DIR/cam.fits");
        byte[] file = Files.readAllBytes(dir.resolve("cam.fits"));
        assertThat(new String(file, 0, 2880, StandardCharsets.US_ASCII))
                .contains("NAXIS1  =                    3", "NAXIS2  =                    2");
        assertThat(Arrays.copyOfRange(file, 2880, 2892))
                .isEqualTo(new byte[] {0, 1, 0, 2, 0, 3, 0, 11, 0, 12, 0, 13});
    }

    @Test
    void ofACircularImageTheNewestSlice() {
        ImageSpec spec =
                ImageSpec.of("roll", DataType.UINT8, Shape.of(2, 1, 3))
                        .withImageType(ImageType.CIRCULAR_TEMPORAL);
        try (Image image = Image.create(shell.directory, spec)) {
            FrameWriter writer = image.newWriter();
            for (int i = 0; i < 5; i++) {
                writer.publish(i % 3, MemorySegment.ofArray(new byte[] {(byte) i, 9}));
            }
        }
        succeed("save roll DIR/roll.fits");
        succeed("load DIR/roll.fits copy");
        try (Image copy = shell.open("copy")) {
            assertThat(copy.spec().describe()).isEqualTo("2x1 ui8");
            assertThat(pixels(copy)).isEqualTo(new byte[] {4, 9});
        }
    }

    @Test
    void aStreamWithoutAFrameIsNotSaved() {
        succeed("create cam 4 3");
        var result = run("save cam DIR/cam.fits");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains("'cam' has no frame yet");
        assertThat(dir.resolve("cam.fits")).doesNotExist();
    }

    @Test
    void aFittingStreamIsKeptAnotherRefused() {
        succeed("create cam 4 3");
        publishZeros("cam");
        succeed("save cam DIR/cam.fits");
        try (Image there = shell.open("cam")) {
            succeed("load DIR/cam.fits cam");
            assertThat(there.cnt0()).isEqualTo(2);
            assertThat(there.isReplaced()).isFalse();
        }
        succeed("create other 5 3");
        var result = run("load DIR/cam.fits other");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains("5x3 f32, not 4x3 f32", "--force");
        succeed("load DIR/cam.fits other --force");
    }

    @Test
    void aFileThatIsThereIsKept() throws IOException {
        succeed("create cam 4 3");
        publishZeros("cam");
        Files.writeString(dir.resolve("mine"), "precious");
        var result = run("save cam DIR/mine");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("shmim save: " + dir + "/mine already exists; --force replaces it\n");
        assertThat(dir.resolve("mine")).hasContent("precious");
        succeed("save cam DIR/mine --force");
        assertThat(Files.size(dir.resolve("mine"))).isEqualTo(5760);
    }

    @Test
    void forceReplacesRegularFilesOnly() throws IOException {
        succeed("create cam 4 3");
        publishZeros("cam");
        Path precious = Files.writeString(dir.resolve("precious"), "precious");
        Files.createSymbolicLink(dir.resolve("link"), precious);
        Files.createDirectory(dir.resolve("folder"));
        for (String wrong : List.of("/dev/null", "DIR/link", "DIR/folder")) {
            for (String line : List.of("save cam %s --force", "record cam %s -n 1 --force")) {
                var result = run(line.formatted(wrong));
                assertThat(result.exit()).as(line + wrong).isEqualTo(1);
                assertThat(result.err()).endsWith(", not a regular file\n");
            }
        }
        assertThat(precious).hasContent("precious");
        assertThat(dir.resolve("link")).isSymbolicLink();
        assertThat(Files.readAttributes(Path.of("/dev/null"), "unix:mode").get("mode"))
                .isEqualTo(0020666);
        assertThat(run("save cam DIR/link").err()).contains("already exists, and is not a regular");
    }

    /** Messages for exceptions that Java describes only by their class. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "load DIR/nosuch.fits cam       | DIR/nosuch.fits: it does not exist",
                "replay DIR/nosuch.fits cam     | DIR/nosuch.fits: it does not exist",
                "recover DIR/nosuch.fits        | DIR/nosuch.fits: it does not exist",
                "load DIR cam                   | is a directory",
                "save cam DIR/no/x.fits         | there is no directory DIR/no",
                "record cam DIR/no/x.fits       | there is no directory DIR/no",
                "record cam DIR/mine/x.fits     | a part of its path is not a directory",
            })
    void saysWhatJavaSaysByClasses(String line, String why) throws IOException {
        succeed("create cam 4 3");
        publishZeros("cam");
        Files.writeString(dir.resolve("mine"), "precious");
        var result = run(line);
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err().toLowerCase(java.util.Locale.ROOT))
                .startsWith("shmim ")
                .contains(why.replace("DIR", dir.toString()).toLowerCase(java.util.Locale.ROOT))
                .doesNotContain("exception", "java.");
        assertThat(result.err().lines()).hasSize(1);
    }

    @Test
    void aNameThatIsNoneIsAMistakeOfTheCommandLine() {
        var result = shell.run("shmim", "save", "cam", "a\0b");
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err()).contains("(Nul character not allowed").doesNotContain("java.");
    }

    @ParameterizedTest
    @CsvSource({
        "nothing here, is not a FITS file",
        "'SIMPLE  =                    T', has no image",
    })
    void refusesWhatIsNoFits(String content, String why) throws IOException {
        Files.writeString(dir.resolve("x.fits"), content);
        var result = run("load DIR/x.fits cam");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).startsWith("shmim load: " + dir + "/x.fits ").contains(why);
        assertThat(result.err().lines()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "'BITPIX  =                  -32', 'BITPIX  =                   13'",
        "'NAXIS1  =                    4', 'NAXIS1  =                   -4'",
        "'NAXIS1  =                    4', 'NAXIS1  =      400000000000000'",
        "'NAXIS1  =                    4', 'NAXIS1  =                  999'",
        "'NAXIS2  =                    3', 'NAXIS7  =                    3'",
        "'NAXIS   =                    2', 'NAXIS   =                  998'",
        "'END     ', 'EBD     '"
    })
    void refusesASpoiltHeader(String from, String to) throws IOException {
        succeed("create cam 4 3");
        publishZeros("cam");
        succeed("save cam DIR/cam.fits");
        byte[] file = Files.readAllBytes(dir.resolve("cam.fits"));
        String text = new String(file, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(from);
        Files.write(
                dir.resolve("cam.fits"),
                text.replaceFirst(from, to).getBytes(StandardCharsets.ISO_8859_1));
        var result = run("load DIR/cam.fits copy");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("shmim load: " + dir + "/cam.fits ")
                .doesNotContain("internal error");
    }

    @Test
    void refusesAFileCutShort() throws IOException {
        succeed("create cam 400 300");
        publishZeros("cam");
        succeed("save cam DIR/cam.fits");
        byte[] file = Files.readAllBytes(dir.resolve("cam.fits"));
        Files.write(dir.resolve("cam.fits"), Arrays.copyOf(file, 100_000));
        var result = run("load DIR/cam.fits copy");
        assertThat(result.err()).contains("is truncated: its image has 480000 bytes, and 97120");
    }

    @Test
    void playsACubeAtARate() {
        succeed("write cube --create 4x3x5,ui16 --pattern counter --rate 0 --frames 5");
        succeed("save cube DIR/cube.fits");
        succeed("load DIR/cube.fits one");
        succeed("load DIR/cube.fits many --rate 1000");
        try (Image cube = shell.open("cube");
                Image one = shell.open("one");
                Image many = shell.open("many")) {
            assertThat(pixels(one)).isEqualTo(pixels(cube));
            assertThat(many.spec().describe()).isEqualTo("4x3 ui16");
            assertThat(many.cnt0()).isEqualTo(5);
            byte[] last = Arrays.copyOfRange(pixels(cube), 4 * 24, 5 * 24);
            assertThat(pixels(many)).isEqualTo(last);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "save cam DIR/x --frames 0",
                "save cam DIR/x --seconds -1",
                "record cam DIR/x --buffer 0",
                "record cam DIR/x -p 100",
                "load DIR/x cam --rate 0",
                "load DIR/x cam --loop",
                "replay DIR/x cam --rate nan",
                "plot cam",
                "plot cam --pixel 1x2",
                "plot cam --age --interval",
                "plot cam --age --seconds 0"
            })
    void refusesWrongOptions(String line) {
        succeed("create cam 5 5");
        var result = run(line);
        assertThat(result.exit()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).contains("Try: shmim ");
        assertThat(dir.resolve("x")).doesNotExist();
    }

    @Test
    void refusesComplexPixels() {
        succeed("create c 5 5 --type c64");
        var result = run("save c DIR/c.fits");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains("c64 (complex) cannot be saved");
        assertThat(dir.resolve("c.fits")).doesNotExist();
    }
}
