package org.shmimtcp.cli;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.Keyword;
import org.shmimtcp.image.Shape;

class WriteAndWatchTest {
    @TempDir Path dir;
    private Shell shell = new Shell(Path.of(""));

    @BeforeEach
    void shell() {
        shell = new Shell(dir);
    }

    private Shell.Result run(String line) {
        return shell.run("shmim", line.split(" "));
    }

    @Test
    void writesIntoAStreamThatItMakes() {
        var result = run("write cam --create 7x5x3,ui16 --pattern counter --rate 0 --frames 4");
        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out()).isEqualTo("created cam 7x5x3 ui16 in " + dir + "\n");
        try (Image image = shell.open("cam")) {
            assertThat(image.spec().type()).isEqualTo(DataType.UINT16);
            assertThat(image.spec().shape()).isEqualTo(Shape.of(7, 5, 3));
            assertThat(image.cnt0()).isEqualTo(4);
            assertThat(image.cnt1()).isZero();
            assertThat(image.pixels().get(JAVA_LONG, 16)).isEqualTo(4);
        }
    }

    @Test
    void createKeepsAStreamThatFitsAndRefusesAnother() {
        run("create cam 7 5");
        assertThat(run("write cam --create 7x5 --frames 1").exit()).isZero();
        var other = run("write cam --create 9x5 --frames 1");
        assertThat(other.exit()).isEqualTo(1);
        assertThat(other.err()).contains("7x5 f32, not 9x5 f32", "--force");
        assertThat(run("write cam --create 9x5 --force --frames 1").exit()).isZero();
    }

    @Test
    void stampsKeywords() {
        run("create cam 50 50");
        assertThat(run("write cam --pattern turbulence --rate 1000 --frames 9 --stamp").exit())
                .isZero();
        try (Image image = shell.open("cam")) {
            assertThat(image.keywords().all())
                    .extracting(Keyword::name)
                    .containsExactly("FRAME", "TIME_NS", "CRC32C");
            assertThat(image.keywords().getLong(0)).isEqualTo(9);
        }
        run("create small 5 5 --keywords 2");
        var result = run("write small --stamp --frames 1");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).startsWith("shmim write: no free keyword slot for CRC32C");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--rate -1",
                "--rate nan",
                "--rate 1e7",
                "--frames 0",
                "--seconds 0",
                "-p 100",
                "--create 5by5",
                "--create 5x5,f99",
                "--pattern stripes"
            })
    void refusesWrongOptions(String options) {
        run("create cam 5 5");
        var result = run("write cam " + options);
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err().lines()).hasSize(2);
        assertThat(result.err()).startsWith("shmim write: ").contains("Try: shmim write --help");
    }

    @Test
    void saysThatThereIsNoSuchStream() {
        run("create cam 5 5");
        for (String command : new String[] {"write", "watch"}) {
            var result = run(command + " came");
            assertThat(result.exit()).isEqualTo(1);
            assertThat(result.err())
                    .startsWith("shmim " + command + ": no stream 'came' in " + dir)
                    .contains("nearest name: cam");
        }
    }

    @Test
    void onePictureAsText() {
        run("write cam --create 16x16 --frames 1 --rate 0");
        var result = run("watch cam --once");
        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.outLines().getFirst()).startsWith("cam 16x16 f32  cnt0 1");
        assertThat(result.outLines().getLast()).startsWith("min 0.0").contains(" max 1 ");
        String firstRow = result.outLines().get(result.outLines().size() - 3);
        assertThat(firstRow).as("the x axis, at the bottom").startsWith("@@@@").endsWith("-");
        var top = run("watch cam --once --top");
        assertThat(top.outLines().get(1)).isEqualTo(firstRow);
    }

    @Test
    void coloursByWish() {
        run("write cam --create 16x16 --frames 1 --rate 0");
        assertThat(run("watch cam --once --colors 24bit --map diverging --stretch zscale").out())
                .contains("\u001b[48;2;", "  diverging zscale");
        assertThat(run("watch cam --once --colors 24bit").out()).contains("  viridis linear");
        assertThat(run("watch cam --once --colors 256 --range -1:2.5").out())
                .contains("\u001b[48;5;", "-1 ", " 2.5  grey linear");
        assertThat(run("watch cam --once --colors none --stretch log").out())
                .doesNotContain("\u001b")
                .contains("grey log");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--fps 0",
                "--fps 61",
                "--slice -1",
                "--range 5",
                "--range a:b",
                "--range 2:1",
                "--range 0:inf",
                "--map rainbow",
                "--stretch cubic",
                "--colors 16"
            })
    void refusesWrongLooks(String options) {
        run("create cam 5 5");
        var result = run("watch cam --once " + options);
        assertThat(result.exit()).as(result.out()).isEqualTo(2);
        assertThat(result.err()).startsWith("shmim watch: ").contains("Try: shmim watch --help");
    }

    @Test
    void saysThatACubeHasNoSuchSlice() {
        run("create modes 5 5 4");
        var result = run("watch modes --once --slice 4");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("shmim watch: stream 'modes' has no slice 4: slices are 0 to 3\n");
    }

    @Test
    void leavesNoTraceInTheStream() throws ImageException {
        run("create cam 5 5");
        run("watch cam --once");
        try (Image image = shell.open("cam")) {
            assertThat(image.isWriting()).isFalse();
            assertThat(image.cnt0()).isZero();
            assertThat(image.readerPid(1)).isLessThanOrEqualTo(0);
        }
    }
}
