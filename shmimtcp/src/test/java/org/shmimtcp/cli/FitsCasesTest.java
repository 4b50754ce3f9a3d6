package org.shmimtcp.cli;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.Keyword;
import org.shmimtcp.testing.PlainFits;
import org.shmimtcp.testing.Project;

/** Files as other programs write them, unusual and broken ones: loaded correctly, or refused. */
class FitsCasesTest {
    private static final List<String> PRIMARY = List.of("SIMPLE  = T");
    private static final List<String> EXTENSION = List.of("XTENSION= 'IMAGE   '");

    @TempDir Path dir;
    private Shell shell = new Shell(Path.of(""));

    @BeforeEach
    void shell() {
        shell = new Shell(dir);
    }

    private Path file() {
        return dir.resolve("x.fits");
    }

    private Shell.Result load() {
        return shell.run("shmim", "load", file().toString(), "cam");
    }

    private static byte[] part(List<String> first, String cards, byte... data) {
        List<String> all = new ArrayList<>(first);
        for (String card : cards.split(";", -1)) {
            String key = card.split("=", 2)[0].strip();
            all.add(card.contains("=") ? "%-8s= %s".formatted(key, card.split("=", 2)[1]) : card);
        }
        return PlainFits.part(all, data);
    }

    private void write(byte[]... parts) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.write(part);
        }
        Files.write(file(), bytes.toByteArray());
    }

    private void refused(String why) {
        var result = load();
        assertThat(result.exit()).as(result.out()).isEqualTo(1);
        assertThat(result.err().lines()).hasSize(1);
        assertThat(result.err()).startsWith("shmim load: " + file() + " ").contains(why);
        assertThat(shell.directory.has("cam")).isFalse();
    }

    private String loaded() {
        var result = load();
        assertThat(result.exit()).as(result.err()).isZero();
        try (Image image = shell.open("cam")) {
            return image.spec().describe();
        }
    }

    private byte[] pixels() {
        try (Image image = shell.open("cam")) {
            return image.pixels().toArray(JAVA_BYTE);
        }
    }

    /** Files from the field, which a user's clone does not have. */
    @ParameterizedTest
    @CsvSource({
        "01_comma_bzero.fits, BZERO is not a number: '32768,0'",
        "28_bscale_garbage.fits, BSCALE is not a number: 'NAN'",
        "05_emptyprim_naxis1_0.fits, 4x3 si16",
        "06_emptyprim_2x0.fits, 4x3 si16",
        "07_naxis4_degenerate.fits, 4x3 f32"
    })
    void casesFromTheField(String name, String outcome) throws IOException {
        Path sample = Project.ROOT.resolve("../shared/cases/fits/" + name);
        assumeTrue(Files.exists(sample), "not here: " + sample);
        Files.copy(sample, file());
        if (outcome.contains(" is ")) {
            refused(outcome);
            return;
        }
        assertThat(loaded()).isEqualTo(outcome);
        // Twelve pixels fill the start of the last block of the file, most significant byte first.
        byte[] all = Files.readAllBytes(sample);
        int bytes = pixels().length / 12;
        for (int i = 0; i < 12 * bytes; i++) {
            int mirrored = i / bytes * bytes + bytes - 1 - i % bytes;
            assertThat(pixels()[i]).isEqualTo(all[all.length - 2880 + mirrored]);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BZERO=32768,0          | BZERO is not a number: '32768,0'",
                "BZERO='32768'          | BZERO is not a number, but text: '32768'",
                "BZERO=                 | BZERO has no value",
                "BZERO=    / offset     | BZERO has no value",
                "BZERO=1e999            | BZERO is not a number: '1e999'",
                "BZERO=1 2              | BZERO is not a number: '1 2'",
                "BZERO=T                | BZERO is not a number: 'T'",
                "BZERO=1;BZERO=2        | BZERO occurs twice",
                "BSCALE=NAN             | BSCALE is not a number: 'NAN'",
                "BSCALE=INF             | BSCALE is not a number: 'INF'",
                "BSCALE=0.0             | BSCALE is 0",
                "BSCALE=1,0             | BSCALE is not a number: '1,0'",
                "BLANK=none             | BLANK is not a number: 'none'",
                "BLANK=1.5              | BLANK is not a whole number in range: '1.5'",
                "PCOUNT=8               | PCOUNT 8 and GCOUNT 1 are not those of one image",
                "GCOUNT=x               | GCOUNT is not a number: 'x'",
                "GCOUNT=2               | PCOUNT 0 and GCOUNT 2",
            })
    void refusesANumberThatCannotBeUsed(String card, String why) throws IOException {
        write(part(PRIMARY, "BITPIX=16;NAXIS=2;NAXIS1=4;NAXIS2=3;" + card, new byte[24]));
        refused(why);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BITPIX=16;NAXIS=-1                 | NAXIS is -1, not the number of axes, 0 to"
                        + " 999",
                "BITPIX=16;NAXIS=1000               | NAXIS is 1000",
                "BITPIX=16;NAXIS=two                | NAXIS is not a number: 'two'",
                "BITPIX=16;NAXIS=2;NAXIS1=4         | NAXIS2 is missing",
                "BITPIX=16;NAXIS=1;NAXIS1=-4        | NAXIS1 is -4, not the length of an axis",
                "BITPIX=16;NAXIS=1;NAXIS1=4.5       | NAXIS1 is not a whole number in range: '4.5'",
                "BITPIX=16;NAXIS=1;NAXIS1=99999999999999999999 | NAXIS1 is not a whole number in"
                        + " range",
                "BITPIX=16;NAXIS=1;NAXIS1=9999999999 | its axes are too large",
                "BITPIX=13;NAXIS=1;NAXIS1=4         | BITPIX is 13, not 8, 16, 32, 64, -32 or -64",
                "BITPIX=16,0;NAXIS=1;NAXIS1=4       | BITPIX is not a number: '16,0'",
                "NAXIS=1;NAXIS1=4                   | BITPIX is missing",
                "BITPIX=16;NAXIS=2;NAXIS1=4;NAXIS2=0 | no frames",
                "BITPIX=16;NAXIS=2;NAXIS1=0;NAXIS2=4 | has an image without pixels",
                "BITPIX=16;NAXIS=5;NAXIS1=2;NAXIS2=2;NAXIS3=2;NAXIS4=2;NAXIS5=2 | of 5 axes",
            })
    void refusesAxesThatCannotBe(String cards, String why) throws IOException {
        write(part(PRIMARY, cards, new byte[64]));
        refused(why);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NAXIS=0",
                "NAXIS=1;NAXIS1=0",
                "NAXIS=2;NAXIS1=2;NAXIS2=0",
                "NAXIS=2;NAXIS1=0;NAXIS2=0",
                "NAXIS=6;NAXIS1=0;NAXIS2=1;NAXIS3=1;NAXIS4=1;NAXIS5=2;NAXIS6=2",
            })
    void anEmptyPartHidesNoImage(String axes) throws IOException {
        byte[] table =
                part(
                        List.of("XTENSION= 'BINTABLE'"),
                        "BITPIX=8;NAXIS=2;NAXIS1=8;NAXIS2=3;PCOUNT=5;GCOUNT=1;TFIELDS=0",
                        new byte[29]);
        String image = "BITPIX=16;NAXIS=2;NAXIS1=2;NAXIS2=1;PCOUNT=0;GCOUNT=1";
        write(
                part(PRIMARY, "BITPIX=8;" + axes + ";EXTEND=T"),
                table,
                part(EXTENSION, image, (byte) 0, (byte) 5, (byte) 1, (byte) 0));
        assertThat(loaded()).isEqualTo("2x1 si16");
        assertThat(pixels()).isEqualTo(new byte[] {5, 0, 0, 1});
    }

    @ParameterizedTest
    @CsvSource({
        "4 3, 4x3",
        "4 3 1, 4x3x1",
        "4 3 1 1, 4x3",
        "4 3 2 1, 4x3x2",
        "4 3 1 1 1 1 1, 4x3",
        "12 1 1 1, 12"
    })
    void axesOfOnePixelBehindTheThirdAreDropped(String axes, String shape) throws IOException {
        String[] sizes = axes.split(" ", -1);
        StringBuilder cards = new StringBuilder("BITPIX=8;NAXIS=" + sizes.length);
        for (int i = 1; i <= sizes.length; i++) {
            cards.append(";NAXIS" + i + "=" + sizes[i - 1]);
        }
        write(part(PRIMARY, cards.toString(), new byte[24]));
        assertThat(loaded()).isEqualTo(shape + " ui8");
    }

    /** Forms of a number that the standard allows. */
    @ParameterizedTest
    @CsvSource({"32768", "32768.", "3.2768E4", "3.2768D+04", "+32768", "32768.0 / offset"})
    void takesEveryFormOfANumber(String zero) throws IOException {
        write(
                part(
                        PRIMARY,
                        "BITPIX=16;NAXIS=1;NAXIS1=1;BSCALE=1.0;BZERO=" + zero,
                        (byte) 0x80,
                        (byte) 7));
        assertThat(loaded()).isEqualTo("1 ui16");
        assertThat(pixels()).isEqualTo(new byte[] {7, 0});
    }

    /** Scaled pixels without a value become NaN; unscaled ones stay integers. */
    @Test
    void blankPixelsAreNotScaled() throws IOException {
        String cards = "BITPIX=8;NAXIS=1;NAXIS1=3;BSCALE=.5;BZERO=10;BLANK=255";
        write(part(PRIMARY, cards, (byte) 4, (byte) 255, (byte) 0));
        assertThat(loaded()).isEqualTo("3 f32");
        var found = ByteBuffer.wrap(pixels()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        assertThat(new float[] {found.get(0), found.get(1), found.get(2)})
                .containsExactly(12f, Float.NaN, 10f);
    }

    @Test
    void noKeywordBecomesAnotherOrVanishesSilently() throws IOException {
        List<String> cards =
                List.of(
                        "BITPIX  = 8",
                        "NAXIS   = 1",
                        "NAXIS1  = 1",
                        "EMPTY   =",
                        "UNDEF   =                      / no value",
                        "BIG     = 123456789012345678901234567890",
                        "MOST    = 9223372036854775807",
                        "HUGE    = 1E999",
                        "COMMA   = 1,5",
                        "NAN     = NaN",
                        "COMPLEX = (1.0, 2.0)",
                        "POINT   = .5",
                        "FORTRAN = 1.5D2",
                        "YES     = T",
                        "BLANKS  = ''",
                        "COMMENT   text = 5",
                        "TEXT      not a value");
        List<String> all = new ArrayList<>(PRIMARY);
        all.addAll(cards);
        Files.write(file(), PlainFits.part(all, new byte[] {1}));
        var result = load();
        assertThat(result.exit()).as(result.err()).isZero();
        try (Image image = shell.open("cam")) {
            List<Keyword> found = image.keywords().all();
            assertThat(found.stream().map(k -> k.name() + "=" + k.value()))
                    .containsExactly(
                            "BIG=1.2345678901234568E29",
                            "MOST=9223372036854775807",
                            "HUGE=1E999",
                            "COMMA=1,5",
                            "NAN=NaN",
                            "COMPLEX=(1.0, 2.0)",
                            "POINT=0.5",
                            "FORTRAN=150.0",
                            "YES=1",
                            "BLANKS=");
        }
        assertThat(result.err())
                .contains("note: rounded, as they have more than 64 bits: BIG\n")
                .contains("neither numbers nor FITS text: HUGE, COMMA, NAN, COMPLEX\n")
                .contains("note: left out, as they have no value: EMPTY, UNDEF\n");
    }

    /** This once took eight seconds, when each keyword searched all slots for its place. */
    @Test
    void manyKeywordsTakeNoLongTime() throws IOException {
        List<String> cards = new ArrayList<>(PRIMARY);
        cards.addAll(List.of("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 1"));
        for (int i = 0; i < 30_000; i++) {
            cards.add("K%05d  = %d".formatted(i, i));
        }
        Files.write(file(), PlainFits.part(cards, new byte[] {1}));
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> loaded());
        try (Image image = shell.open("cam")) {
            assertThat(image.keywords().all()).hasSize(30_000);
        }
    }
}
