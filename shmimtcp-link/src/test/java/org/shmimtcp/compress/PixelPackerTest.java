package org.shmimtcp.compress;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.testing.Allocation;
import org.shmimtcp.testing.PackedPixels;

/** Compares with {@link PackedPixels}, which shares no code with the product, not even LZ4. */
class PixelPackerTest {
    private static final int GUARD = 64;
    private static final byte UNTOUCHED = 0x5a;
    private static final int BLOCK = PixelPacker.BLOCK_BYTES;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    private MemorySegment memory(byte[] bytes) {
        MemorySegment memory = guarded(bytes.length);
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, GUARD, bytes.length);
        return memory;
    }

    private MemorySegment guarded(long bytes) {
        return arena.allocate(bytes + 2 * GUARD, 8).fill(UNTOUCHED);
    }

    private static byte[] bytes(MemorySegment guarded, long count) {
        return guarded.asSlice(GUARD, count).toArray(JAVA_BYTE);
    }

    private static void assertGuards(MemorySegment guarded) {
        assertThat(guarded.asSlice(0, GUARD).toArray(JAVA_BYTE)).containsOnly(UNTOUCHED);
        assertThat(guarded.asSlice(guarded.byteSize() - GUARD).toArray(JAVA_BYTE))
                .containsOnly(UNTOUCHED);
    }

    private byte[] packed(PixelPacker packer, byte[] pixels) {
        MemorySegment to = guarded(pixels.length);
        long bytes = packer.pack(memory(pixels), GUARD, to, GUARD);
        assertGuards(to);
        return bytes(to, bytes);
    }

    private byte[] expanded(PixelPacker packer, byte[] packed, int pixelBytes) {
        MemorySegment to = guarded(pixelBytes);
        try {
            packer.expand(memory(packed), GUARD, packed.length, to, GUARD);
        } finally {
            assertGuards(to);
        }
        return bytes(to, pixelBytes);
    }

    /** Little-endian values that change slowly, as those of neighbouring pixels do. */
    private static byte[] smooth(int pixels, int size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] bytes = new byte[pixels * size];
        long value = 1000;
        for (int i = 0; i < pixels; i++) {
            value += random.nextInt(100) == 0 ? random.nextInt(-60_000, 60_000) : i % 3;
            for (int b = 0; b < Math.min(8, size); b++) {
                bytes[i * size + b] = (byte) (value >> (8 * b));
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, true",
        "2, 1, true",
        "3, 2, true",
        "4, 2, true",
        "5, 4, true",
        "7, 8, true",
        "9, 4, false",
        "10, 8, false",
        "11, 8, false",
        "12, 16, false",
        "13, 2, false"
    })
    void bothImplementationsAgree(int type, int size, boolean integers) {
        for (int bytes : new int[] {400 * size, 401 * size, BLOCK, BLOCK + 3 * size, 3 * BLOCK}) {
            byte[] pixels = smooth(bytes / size, size, bytes);
            PixelPacker packer = new PixelPacker(bytes, size, integers);
            byte[] ours = packed(packer, pixels);
            assertThat(ours.length).as("%d bytes", bytes).isPositive().isLessThan(bytes);
            assertThat(PackedPixels.unpack(ours, bytes, type, size)).isEqualTo(pixels);
            assertThat(expanded(packer, ours, bytes)).isEqualTo(pixels);
            byte[] page = PackedPixels.pack(pixels, type, size);
            assertThat(expanded(packer, page, bytes)).isEqualTo(pixels);
        }
    }

    /** By hand: -32768 becomes 1, 3 becomes 6, -3 becomes 7; one pixel of the last block. */
    @Test
    void differencesByHand() {
        short[] pixels = {-32768, -32765, -32768, 255};
        byte[] sorted = new byte[Differences.bytes(4)];
        Differences.sort(pixels, 4, sorted);
        // 255 + 32768 = 33023, which is -32513 modulo 65536: 65027 = 0xfe03
        assertThat(sorted).containsExactly(1, 6, 7, 3, 0, 0x0e, 0, 0x0f);
    }

    @Test
    void noiseIsNotPacked() {
        for (int bytes : new int[] {1, 2, 100, BLOCK + 50}) {
            byte[] noise = new byte[bytes];
            new SplittableRandom(bytes).nextBytes(noise);
            assertThat(packed(new PixelPacker(bytes, 1, true), noise)).isEmpty();
            if (bytes % 2 == 0) {
                assertThat(packed(new PixelPacker(bytes, 2, true), noise)).isEmpty();
                assertThat(packed(new PixelPacker(bytes, 2, false), noise)).isEmpty();
            }
        }
    }

    /** All bytes the same: a block of a million pixels from a few thousand bytes, and no more. */
    @Test
    void whatExpandsBeyondTheFrameIsRefused() {
        byte[] large = packed(new PixelPacker(BLOCK, 1, true), new byte[BLOCK]);
        assertThat(large.length).isLessThan(BLOCK / 200);
        for (int bytes : new int[] {1, 100, BLOCK - 1, BLOCK + 1, 2 * BLOCK}) {
            PixelPacker packer = new PixelPacker(bytes, 1, true);
            assertThatThrownBy(() -> expanded(packer, large, bytes))
                    .isInstanceOf(CompressException.class);
        }
        byte[] longer = Arrays.copyOf(large, large.length + 1);
        PixelPacker packer = new PixelPacker(BLOCK, 1, true);
        assertThatThrownBy(() -> expanded(packer, longer, BLOCK))
                .hasMessageContaining("1 bytes after the last block");
    }

    @Test
    void damagedDataIsExpandedOrRefusedAndNothingElse() {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        int bytes = 3000;
        PixelPacker packer = new PixelPacker(bytes, 2, true);
        byte[] good = packed(packer, smooth(bytes / 2, 2, 1));
        int refused = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 20));
            for (int n = random.nextInt(4); n > 0 && bad.length > 0; n--) {
                bad[random.nextInt(Math.min(bad.length, 1 << random.nextInt(12)))] =
                        (byte) random.nextInt();
            }
            try {
                expanded(packer, bad, bytes);
            } catch (CompressException e) {
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isGreaterThan(1000);
        for (int length : new int[] {Integer.MIN_VALUE, -1, good.length, Integer.MAX_VALUE}) {
            byte[] bad = good.clone();
            MemorySegment.ofArray(bad)
                    .set(java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED, 0, length);
            assertThatThrownBy(() -> expanded(packer, bad, bytes))
                    .hasMessageContaining("truncated");
        }
    }

    /** What the library allocates for a block is known; this program adds nothing. */
    @Test
    void allocatesNothingItself() {
        int bytes = 200_000;
        PixelPacker packer = new PixelPacker(bytes, 2, true);
        MemorySegment from = memory(smooth(bytes / 2, 2, 1));
        MemorySegment to = guarded(bytes);
        MemorySegment back = guarded(bytes);
        Allocation.awaitAtMost(
                16_500, () -> Allocation.inThisThread(() -> packer.pack(from, GUARD, to, GUARD)));
        long length = packer.pack(from, GUARD, to, GUARD);
        Allocation.awaitNone(() -> packer.expand(to, GUARD, length, back, GUARD));
    }
}
