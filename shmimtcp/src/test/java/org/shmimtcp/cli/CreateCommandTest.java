package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;

/** {@code mk2Dim} and {@code create}, which create images by the same rules. */
class CreateCommandTest {
    @TempDir Path dir;
    private Shell shell;

    @BeforeEach
    void newShell() {
        shell = new Shell(dir);
    }

    private Object inode(String name) throws IOException {
        return Files.getAttribute(shell.directory.file(name), "unix:ino");
    }

    private ImageSpec spec(String name) {
        try (Image image = shell.open(name)) {
            return image.spec();
        }
    }

    @Test
    void mk2DimMakesWhatTheReadmeSays() {
        var result = shell.run("mk2Dim", "s>tf32>dm01disp06", "50", "50");
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).isEqualTo("created dm01disp06 50x50 f32 in " + dir + "\n");
        assertThat(result.exit()).isZero();
        assertThat(spec("dm01disp06"))
                .isEqualTo(ImageSpec.of("dm01disp06", DataType.FLOAT, Shape.of(50, 50)));
    }

    @Test
    void whatIsThereIsKept() throws IOException {
        shell.run("mk2Dim", "s>dm01disp06", "50", "50");
        Object inode = inode("dm01disp06");
        for (String force : new String[] {"", "--force"}) {
            var result =
                    force.isEmpty()
                            ? shell.run("mk2Dim", "s>dm01disp06", "50", "50")
                            : shell.run("mk2Dim", "s>dm01disp06", "50", "50", force);
            assertThat(result.out()).isEqualTo("dm01disp06 50x50 f32 already exists\n");
            assertThat(result.err()).isEmpty();
            assertThat(result.exit()).isZero();
            assertThat(inode("dm01disp06")).isEqualTo(inode);
        }
    }

    @Test
    void anotherShapeIsRefusedNamingBoth() throws IOException {
        shell.run("mk2Dim", "s>x", "50", "50");
        Object inode = inode("x");
        for (String spec : new String[] {"s>x", "s>tui16>x"}) {
            var result = shell.run("mk2Dim", spec, "50", "51");
            assertThat(result.exit()).isEqualTo(1);
            assertThat(result.out()).isEmpty();
            assertThat(result.err().lines())
                    .singleElement()
                    .asString()
                    .startsWith("mk2Dim: stream x exists with another size or type: 50x50 f32,")
                    .contains(spec.equals("s>x") ? "not 50x51 f32" : "not 50x51 ui16", "--force");
            assertThat(inode("x")).isEqualTo(inode);
        }
    }

    @Test
    void forceReplacesAndNamesWhoUsedIt() throws IOException {
        shell.run("mk2Dim", "s>x", "5", "5");
        Object inode = inode("x");
        try (Image used = shell.open("x");
                var reader = used.newReader()) {
            assertThat(reader.semaphore()).isPositive();
            var result = shell.run("mk2Dim", "--force", "s>tui8>x", "6", "5");
            assertThat(result.exit()).isZero();
            assertThat(result.out()).isEqualTo("replaced x, now 6x5 ui8\n");
            assertThat(result.err())
                    .startsWith("note: ")
                    .contains("(" + ProcessHandle.current().pid() + ") used the old x");
        }
        assertThat(inode("x")).isNotEqualTo(inode);
        assertThat(spec("x").describe()).isEqualTo("6x5 ui8");
    }

    @Test
    void otherKeywordsThanAskedForAreSaid() throws IOException {
        shell.run("mk2Dim", "s>x", "5", "5");
        Object inode = inode("x");
        var result = shell.run("mk2Dim", "s>k20>c4>x", "5", "5");
        assertThat(result.exit()).isZero();
        assertThat(result.err())
                .isEqualTo(
                        "note: it has 10 keywords, not 20; 0 frames in its ring, not 4;"
                                + " --force replaces it\n");
        assertThat(inode("x")).isEqualTo(inode);
        assertThat(shell.run("mk2Dim", "-f", "s>k20>c4>x", "5", "5").out())
                .isEqualTo("replaced x, now 5x5 f32\n");
        assertThat(spec("x").keywordSlots()).isEqualTo(20);
        assertThat(spec("x").ringSize()).isEqualTo(4);
    }

    @Test
    void aDamagedOneIsReplacedByForceOnly() throws IOException {
        Files.write(shell.directory.file("x"), new byte[500]);
        var refused = shell.run("mk2Dim", "s>x", "5", "5");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.err())
                .startsWith("mk2Dim: stream 'x'")
                .endsWith("--force replaces it\n");
        assertThat(shell.run("mk2Dim", "s>x", "5", "5", "-f").exit()).isZero();
        assertThat(spec("x").describe()).isEqualTo("5x5 f32");
    }

    @Test
    void itIsSharedAllTheSameAndSaysSoWhereALocalOneWasAskedFor() {
        assertThat(shell.run("mk2Dim", "tf32>y", "5", "5").err()).isEmpty();
        var result = shell.run("mk2Dim", "@L:x", "5", "5");
        assertThat(result.exit()).isZero();
        assertThat(result.err()).isEqualTo("note: every stream is in shared memory here, x too\n");
        assertThat(spec("x").describe()).isEqualTo("5x5 f32");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "s>x 0 5 | 1 | each axis must be 1 to 2147483647",
                "q>x 5 5 | 1 | unknown prefix 'q'",
                "s>a/x 5 5 | 1 | has a '/'",
                "s>k70000>x 5 5 | 1 | 70000 keywords: must be 0 to 65535",
                "s>x 2147483647 2147483647 | 1 | ",
                "s>x 5 | 2 | Missing required parameter: 'NY'",
                "s>x 5 y | 2 | expected a whole number, not \"y\"",
                "s>x 5 5 5 | 2 | Unmatched argument",
                "s>x 5 5 --frce | 2 | --frce"
            })
    void badInputLeavesNothingBehind(String arguments, int exit, String message)
            throws IOException {
        var result = shell.run("mk2Dim", arguments.split(" "));
        assertThat(result.exit()).isEqualTo(exit);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).startsWith("mk2Dim: ").contains(message == null ? "" : message);
        assertThat(result.err().lines()).hasSize(exit);
        if (exit == Failures.USAGE) {
            assertThat(result.err()).endsWith("Try: mk2Dim --help\n");
        }
        try (var files = Files.list(dir)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void createHasAllThatTheFormatOffers() {
        shell.run(
                "shmim",
                "create",
                "cam",
                "12",
                "10",
                "-t",
                "ui16",
                "-k",
                "3",
                "-r",
                "4",
                "-s",
                "2",
                "-a",
                "Wavelength");
        assertThat(spec("cam"))
                .isEqualTo(
                        new ImageSpec(
                                "cam",
                                DataType.UINT16,
                                Shape.of(12, 10),
                                ImageType.MATH_DATA | ImageType.AXIS_WAVELENGTH,
                                3,
                                4,
                                2,
                                ImageSpec.DEFAULT_PROCESS_TRACES));
    }

    @ParameterizedTest
    @CsvSource({"13, 13", "13 7, 13x7", "13 7 3, 13x7x3"})
    void createTakesOneToThreeAxes(String axes, String shape) {
        String[] arguments = ("create x " + axes).split(" ");
        assertThat(shell.run("shmim", arguments).exit()).isZero();
        assertThat(spec("x").shape()).hasToString(shape);
        assertThat(spec("x").imageType()).isEqualTo(ImageType.MATH_DATA);
    }

    @Test
    void aCircularCubeHasItsArrays() {
        shell.run("shmim", "create", "x", "5", "4", "3", "--circular");
        assertThat(spec("x").imageType()).isEqualTo(ImageType.CIRCULAR_TEMPORAL);
        shell.run("shmim", "create", "y", "5", "4", "3", "--circular", "--axis", "mapping");
        assertThat(spec("y").imageType()).isEqualTo(ImageType.CIRCULAR | ImageType.AXIS_MAPPING);
        var result = shell.run("shmim", "create", "x", "5", "4", "3", "-a", "spatial");
        assertThat(result.err())
                .isEqualTo(
                        "note: it has type bits circular, temporal, not data, spatial; --force"
                                + " replaces it\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "x 5 4 --circular | --circular needs a cube",
                "x 5 --type float31 | no pixel type 'float31'; there are ui8 si8",
                "x 5 --axis depth | depth",
                "x | Missing required parameter: 'NX'",
                "x 5 --keywords many | many"
            })
    void createRefusesWrongUsage(String arguments, String message) {
        var result = shell.run("shmim", ("create " + arguments).split(" "));
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err())
                .startsWith("shmim create: ")
                .contains(message)
                .endsWith("Try: shmim create --help\n");
        assertThat(result.err().lines()).hasSize(2);
    }

    @Test
    void anUnwritableOrMissingDirectoryIsNamed() {
        var result = new Shell(dir.resolve("gone")).run("mk2Dim", "s>x", "5", "5");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).startsWith("mk2Dim: ").contains(dir.resolve("gone").toString());
        assertThat(result.err().lines()).hasSize(1);
    }
}
