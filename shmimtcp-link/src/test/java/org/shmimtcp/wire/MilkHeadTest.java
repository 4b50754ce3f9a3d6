package org.shmimtcp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.HostileHead;

class MilkHeadTest {
    private static final int RING_SIZE = 292; // offset in the head

    private static final long MAX_BYTES = 64 << 20;
    private static final int MAX_KEYWORDS = 1000;
    private static final Limits LIMITS = limits(MAX_BYTES);

    @Test
    void isReadAsTheCTransmitterSentIt() {
        GoldenWire golden = new GoldenWire("circ-7x5x3-float-7");
        ImageSpec spec = MilkHead.parse(GoldenWire.aligned(golden.head()), LIMITS);
        assertThat(spec)
                .isEqualTo(
                        new ImageSpec(
                                "circ3d",
                                DataType.FLOAT,
                                Shape.of(7, 5, 3),
                                0x20001,
                                0,
                                0,
                                10,
                                10));
    }

    static Iterable<HostileHead> hostile() {
        return HostileHead.all();
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void refusesWhatNoTransmitterSends(HostileHead hostile) {
        MemorySegment head = GoldenWire.aligned(hostile.bytes());
        assertThatThrownBy(() -> MilkHead.parse(head, LIMITS))
                .isInstanceOf(WireException.class)
                .hasMessageContaining(hostile.saying())
                .message()
                .matches("[ -~…×]+"); // one line, without control characters for a terminal
    }

    private static Limits limits(long imageBytes) {
        return new Limits(imageBytes, MAX_KEYWORDS, imageBytes);
    }

    @Test
    void limitsKeywordsAndCutsTheRing() {
        MemorySegment head = GoldenWire.aligned(new GoldenWire("kw5-11x11-float-4").head());
        assertThat(MilkHead.parse(head, new Limits(MAX_BYTES, 5, 0)).keywordSlots()).isEqualTo(5);
        assertThatThrownBy(() -> MilkHead.parse(head, new Limits(MAX_BYTES, 4, 0)))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("'kw5im' has 5 keywords; the limit is 4");
        head.set(ValueLayout.JAVA_INT, RING_SIZE, 1000);
        long frame = 11 * 11 * 4;
        for (int kept : new int[] {0, 1, 10}) {
            Limits limits = new Limits(MAX_BYTES, 5, kept * frame + frame - 1);
            assertThat(MilkHead.parse(head, limits).ringSize()).isEqualTo(kept);
        }
    }

    @Test
    void limitIsForTheWholeFile() {
        GoldenWire golden = new GoldenWire("kw5-11x11-float-4"); // a file of 2664 bytes
        MemorySegment head = GoldenWire.aligned(golden.head());
        assertThat(MilkHead.parse(head, limits(2664)).keywordSlots()).isEqualTo(5);
        assertThatThrownBy(() -> MilkHead.parse(head, limits(2663)))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("'kw5im' of 11x11 f32 with 5 keywords and a ring of 0 needs");
    }

    /** Any bytes give an image within the limits or a WireException, never another exception. */
    @Test
    void survivesAnyBytes() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] good = new GoldenWire("circ-7x5x3-float-7").head();
        for (int i = 0; i < 20_000; i++) {
            byte[] head = good.clone();
            for (int changes = random.nextInt(1, 6); changes > 0; changes--) {
                head[random.nextInt(head.length)] = (byte) random.nextInt();
            }
            try {
                ImageSpec spec = MilkHead.parse(GoldenWire.aligned(head), LIMITS);
                assertThat(spec.pixelBytes()).as("seed %d", seed).isBetween(1L, MAX_BYTES);
            } catch (WireException refused) {
                assertThat(refused.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
    }
}
