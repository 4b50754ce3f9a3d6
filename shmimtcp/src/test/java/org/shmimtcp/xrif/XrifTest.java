package org.shmimtcp.xrif;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.testing.PlainLz4;

/** Compares with {@link PlainXrif}, which shares no code with the product, not even LZ4. */
class XrifTest {
    private static byte[] compressed(byte[] image) {
        Xrif xrif = new Xrif(image.length / 2);
        byte[] to = new byte[Xrif.maxCompressedBytes(image.length / 2)];
        return Arrays.copyOf(to, xrif.compress(MemorySegment.ofArray(image), to, 0));
    }

    private static byte[] expanded(byte[] compressed, int pixels) {
        byte[] image = new byte[2 * pixels];
        new Xrif(pixels).expand(compressed, 0, compressed.length, MemorySegment.ofArray(image));
        return image;
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    /** Values calculated by hand from the description of the format. */
    @ParameterizedTest
    @CsvSource({
        // one pixel 5: u = 10
        "0500, 0a 00 00 00",
        // pixels 5, 4: differences 5, -1: u = 10, 3
        "0500 0400, 0a 03 00 00 00 00 00 00",
        // pixels 0, 0x8000: the difference is -32768: u = 1
        "0000 0080, 00 01 00 00 00 00 00 00",
        // pixels 0x1234, 0, 0x0ABC: 0x1234, -0x1234, 0x0ABC: u = 0x2468, 0x2469, 0x1578
        "3412 0000 bc0a, 68 69 78 44 50 22 10 00 00 00 00 00",
        // from 65535 to 0 is one step; 65535 itself is -1
        "ffff 0000, 03 02 00 00 00 00 00 00",
    })
    void sortsAsWorkedOutByHand(String image, String sorted) {
        byte[] pixels = bytes(image);
        byte[] expected = bytes(sorted);
        assertThat(PlainLz4.expanded(compressed(pixels), 1 << 20)).isEqualTo(expected);
        assertThat(PlainXrif.sorted(pixels)).isEqualTo(expected);
        assertThat(expanded(PlainLz4.literals(expected), pixels.length / 2)).isEqualTo(pixels);
    }

    /** LZ4 blocks made by hand: literals; and a match that overlaps itself, then five literals. */
    @Test
    void expandsBlocksMadeByHand() {
        assertThat(expanded(bytes("40 0a 00 00 00"), 1)).isEqualTo(bytes("0500"));
        // 16 bytes of zero: 1 literal, a match of 10 one byte back, then 5 literals
        byte[] zeros = bytes("16 00 01 00 50 00 00 00 00 00");
        assertThat(PlainLz4.expanded(zeros, 100)).isEqualTo(new byte[16]);
        assertThat(expanded(zeros, 4)).isEqualTo(new byte[8]);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 7, 64, 255, 2500, 65536 + 1})
    void agreesWithAnotherCodecBothWays(int pixels) {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        for (int spread : new int[] {1, 3, 30, 1 << 10, 1 << 16}) {
            byte[] image = noise(pixels, spread, random);
            String what = "seed " + seed + ", spread " + spread;
            byte[] ours = compressed(image);
            assertThat(PlainXrif.expanded(ours, pixels)).as(what).isEqualTo(image);
            assertThat(expanded(PlainXrif.compressed(image), pixels)).as(what).isEqualTo(image);
            assertThat(expanded(ours, pixels)).as(what).isEqualTo(image);
        }
    }

    @Test
    void everyDifferenceComesBack() {
        byte[] image = new byte[4 * 65536];
        for (int value = 0; value < 65536; value++) { // 0, value, 0, value + 1, ...
            image[4 * value + 2] = (byte) value;
            image[4 * value + 3] = (byte) (value >>> 8);
        }
        assertThat(expanded(compressed(image), 2 * 65536)).isEqualTo(image);
        assertThat(PlainXrif.expanded(compressed(image), 2 * 65536)).isEqualTo(image);
    }

    @Test
    void oneCodecTakesImageAfterImage() {
        Xrif xrif = new Xrif(9);
        SplittableRandom random = new SplittableRandom(1);
        byte[] to = new byte[100 + Xrif.maxCompressedBytes(9)];
        for (int i = 0; i < 100; i++) {
            byte[] image = noise(9, 1 << 16, random);
            int bytes = xrif.compress(MemorySegment.ofArray(image), to, 100);
            byte[] back = new byte[18];
            xrif.expand(to, 100, bytes, MemorySegment.ofArray(back));
            assertThat(back).isEqualTo(image);
        }
    }

    @Test
    void refusesAnotherSizeAndCutBlocksAndLeavesTheImageAlone() {
        byte[] block = compressed(noise(100, 30, new SplittableRandom(5)));
        for (int pixels : new int[] {99, 101, 50, 200}) {
            assertThatThrownBy(() -> expanded(block, pixels)).isInstanceOf(XrifException.class);
        }
        byte[] image = new byte[200];
        for (int cut = 0; cut < block.length; cut++) {
            int bytes = cut;
            assertThatThrownBy(() ->
                            new Xrif(100).expand(block, 0, bytes, MemorySegment.ofArray(image)))
                    .isInstanceOf(XrifException.class);
        }
        assertThat(image).containsOnly(0);
    }

    /** Any input gives an image or a refusal, and no memory beside the image changes. */
    @Test
    void holdsAgainstDamagedBlocks() {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] good = compressed(noise(500, 30, random));
        byte[] image = new byte[1000];
        Xrif xrif = new Xrif(500);
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = good.clone();
            for (int n = 1 + random.nextInt(4); n > 0; n--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                xrif.expand(bad, 0, bad.length, MemorySegment.ofArray(image));
            } catch (XrifException refused) {
                assertThat(refused).as("seed %d", seed).hasMessageContaining("compressed image");
            }
        }
        byte[] rubbish = new byte[300];
        for (int i = 0; i < 20_000; i++) {
            random.nextBytes(rubbish);
            try {
                xrif.expand(rubbish, 0, rubbish.length, MemorySegment.ofArray(image));
            } catch (XrifException refused) {
                assertThat(refused).as("seed %d", seed).hasMessageContaining("compressed image");
            }
        }
    }

    @Test
    void refusesSizesThatFitNoArrayAndPlacesThatAreTooSmall() {
        assertThatThrownBy(() -> new Xrif(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Xrif(Xrif.MAX_PIXELS + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(Xrif.maxCompressedBytes(Xrif.MAX_PIXELS)).isPositive();
        MemorySegment image = MemorySegment.ofArray(new byte[8]);
        assertThatThrownBy(() -> new Xrif(4).compress(image, new byte[16], 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static byte[] noise(int pixels, int spread, SplittableRandom random) {
        byte[] image = new byte[2 * pixels];
        for (int i = 0; i < pixels; i++) {
            int value = 1000 + random.nextInt(spread);
            image[2 * i] = (byte) value;
            image[2 * i + 1] = (byte) (value >>> 8);
        }
        return image;
    }
}
