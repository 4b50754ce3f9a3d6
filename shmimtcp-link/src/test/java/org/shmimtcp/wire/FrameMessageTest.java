package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;

class FrameMessageTest {
    private static final ImageSpec FLAT =
            ImageSpec.of("x", DataType.UINT8, Shape.of(3, 1)).withKeywords(2);
    private static final ImageSpec CUBE = ImageSpec.of("x", DataType.UINT16, Shape.of(3, 3, 4));
    private static final ImageSpec CIRCULAR = CUBE.withImageType(ImageType.CIRCULAR_TEMPORAL);

    private final MemorySegment memory = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(4096));
    private final FrameMessage.Checksum checksum = new FrameMessage.Checksum(memory);

    private long frame(long pixelBytes, int slice, int changes) {
        return message(Message.FRAME, pixelBytes, slice, changes);
    }

    private long message(int type, long pixelBytes, int slice, int changes) {
        FrameMessage.cnt0(memory, 100);
        FrameMessage.counters(memory, 101, 102);
        FrameMessage.acquired(memory, 103, 104);
        FrameMessage.written(memory, 105, 106);
        FrameMessage.fill(memory, type, pixelBytes, slice, changes, 108);
        for (int i = 0; i < changes; i++) {
            FrameMessage.changeSlot(memory, FrameMessage.change(pixelBytes, i), i);
        }
        long bytes = FrameMessage.bytes(pixelBytes, changes);
        FrameMessage.seal(memory, bytes, true, checksum);
        return bytes;
    }

    private void check(long bytes, int type, ImageSpec spec) {
        FrameMessage.check(memory, bytes, type, spec, checksum);
    }

    @Test
    void carriesWhatIsKnownOfAFrame() {
        long bytes = frame(3, 0, 2);
        assertThat(bytes).isEqualTo(128 + 8 + 2 * 136 + 8);
        assertThat(Message.bytes(memory, 0, bytes)).isEqualTo(bytes);
        check(bytes, Message.FRAME, FLAT);
        assertThat(FrameMessage.cnt0(memory)).isEqualTo(100);
        assertThat(FrameMessage.cnt1(memory)).isEqualTo(101);
        assertThat(FrameMessage.cnt2(memory)).isEqualTo(102);
        assertThat(FrameMessage.acquiredSeconds(memory)).isEqualTo(103);
        assertThat(FrameMessage.acquiredNanos(memory)).isEqualTo(104);
        assertThat(FrameMessage.writtenSeconds(memory)).isEqualTo(105);
        assertThat(FrameMessage.writtenNanos(memory)).isEqualTo(106);
        assertThat(FrameMessage.sentNs(memory)).isEqualTo(108);
        assertThat(FrameMessage.pixelBytes(memory)).isEqualTo(3);
        assertThat(FrameMessage.slice(memory)).isZero();
        assertThat(FrameMessage.changes(memory)).isEqualTo(2);
        assertThat(FrameMessage.isWhole(memory, bytes)).isTrue();
        long second = FrameMessage.change(3, 1);
        assertThat(second).isEqualTo(128 + 8 + 136);
        assertThat(FrameMessage.changeSlot(memory, second)).isEqualTo(1);
    }

    @Test
    void checksumIsThatOfTheStandard() {
        long bytes = frame(3, 0, 1);
        CRC32C sum = new CRC32C();
        sum.update(memory.asSlice(16, bytes - 20).toArray(JAVA_BYTE));
        assertThat(memory.get(JAVA_INT, bytes - 4)).isEqualTo((int) sum.getValue());
    }

    @Test
    void checksumIsTheSameInPieces() {
        long bytes = frame(3, 0, 2);
        for (long piece : new long[] {1, 7, 64, 200}) {
            for (long end = piece; end < bytes - 4; end += piece) {
                checksum.through(end);
            }
            check(bytes, Message.FRAME, FLAT);
        }
        checksum.through(100);
        checksum.restart();
        check(bytes, Message.FRAME, FLAT);
    }

    @Test
    void aFrameIsWithdrawnByItsLastWords() {
        long bytes = frame(3, 0, 0);
        FrameMessage.seal(memory, bytes, false, checksum);
        check(bytes, Message.FRAME, FLAT);
        assertThat(FrameMessage.isWhole(memory, bytes)).isFalse();
        memory.set(JAVA_INT, bytes - 8, 2);
        int sum = checksum.finish(bytes);
        memory.set(JAVA_INT, bytes - 4, sum);
        assertThatThrownBy(() -> check(bytes, Message.FRAME, FLAT))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("state=2");
    }

    @Test
    void acceptsEachKindOfFrame() {
        check(frame(3, 0, 0), Message.FRAME, FLAT);
        check(frame(72, -1, 0), Message.FRAME, CUBE);
        check(frame(18, 3, 0), Message.FRAME, CIRCULAR);
        check(message(Message.KEYWORDS, 0, 0, 2), Message.KEYWORDS, FLAT);
        check(message(Message.KEYWORDS, 0, 0, 0), Message.KEYWORDS, FLAT);
    }

    @Test
    void everyFlippedBitIsNoticed() {
        long bytes = frame(3, 0, 1);
        byte[] good = memory.asSlice(0, bytes).toArray(JAVA_BYTE);
        for (int bit = 0; bit < bytes * 8; bit++) {
            memory.asSlice(0, bytes).copyFrom(MemorySegment.ofArray(good));
            memory.set(JAVA_BYTE, bit / 8, (byte) (good[bit / 8] ^ 1 << bit % 8));
            assertThatThrownBy(
                            () -> {
                                long length = Message.bytes(memory, 0, 1024);
                                check(length, Message.type(memory, 0), FLAT);
                            })
                    .as("bit %d of %s", bit, Arrays.toString(good))
                    .isInstanceOf(WireException.class);
        }
        memory.asSlice(0, bytes).copyFrom(MemorySegment.ofArray(good));
        assertThatCode(() -> check(bytes, Message.FRAME, FLAT)).doesNotThrowAnyException();
    }

    private void refuses(ImageSpec spec, int type, long bytes, Consumer<MemorySegment> change) {
        change.accept(memory);
        FrameMessage.seal(memory, bytes, true, checksum);
        assertThatThrownBy(() -> check(bytes, type, spec))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("does not belong to this stream");
    }

    @Test
    void refusesWhatIsNoneOfTheStream() {
        refuses(FLAT, Message.FRAME, frame(3, 0, 0), m -> m.set(JAVA_LONG, 96, 4)); // pixel bytes
        refuses(FLAT, Message.FRAME, frame(3, 0, 0), m -> m.set(JAVA_LONG, 96, -3));
        refuses(FLAT, Message.FRAME, frame(3, 0, 0), m -> m.set(JAVA_LONG, 96, 0));
        refuses(FLAT, Message.FRAME, frame(3, 0, 0), m -> m.set(JAVA_INT, 104, 1)); // slice
        refuses(FLAT, Message.FRAME, frame(3, 0, 0), m -> m.set(JAVA_INT, 104, -2));
        refuses(FLAT, Message.FRAME, frame(3, 0, 0), m -> m.set(JAVA_INT, 20, 1)); // changes
        refuses(FLAT, Message.FRAME, frame(3, 0, 1), m -> m.set(JAVA_INT, 20, 0));
        refuses(FLAT, Message.FRAME, frame(3, 0, 3), m -> {});
        refuses(FLAT, Message.FRAME, frame(3, 0, 0), m -> m.set(JAVA_INT, 20, -1));
        refuses(FLAT, Message.FRAME, frame(3, 0, 2), m -> m.set(JAVA_INT, 20, Integer.MAX_VALUE));
        refuses(CIRCULAR, Message.FRAME, frame(18, 4, 0), m -> {});
        refuses(CIRCULAR, Message.FRAME, frame(18, Integer.MIN_VALUE, 0), m -> {});
        refuses(CUBE, Message.FRAME, frame(72, 0, 0), m -> {});
        refuses(CUBE, Message.FRAME, frame(18, -1, 0), m -> {});
        refuses(FLAT, Message.KEYWORDS, message(Message.KEYWORDS, 3, 0, 0), m -> {});
        refuses(FLAT, Message.KEYWORDS, message(Message.KEYWORDS, 0, 0, 3), m -> {});
    }

    @Test
    void refusesAFrameCutShort() {
        frame(3, 0, 0);
        assertThatThrownBy(() -> check(120, Message.FRAME, FLAT))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("truncated");
    }

    /** Any content with a correct checksum is accepted, or refused with WireException. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void survivesAnyContent(long seed) {
        Random random = new Random(seed);
        int accepted = 0;
        for (int i = 0; i < 20_000; i++) {
            long bytes = frame(3, 0, 1);
            int at = 20 + 4 * random.nextInt(27);
            int[] bad = {random.nextInt(), 0, -1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE, 3};
            memory.set(JAVA_INT, at, bad[random.nextInt(bad.length)]);
            FrameMessage.seal(memory, bytes, true, checksum);
            try {
                check(bytes, Message.FRAME, FLAT);
                accepted++;
                assertThat(FrameMessage.pixelBytes(memory)).isEqualTo(3);
                assertThat(FrameMessage.changes(memory)).isEqualTo(1);
            } catch (WireException refused) {
                assertThat(refused).hasMessageContaining("does not belong to this stream");
            }
        }
        assertThat(accepted).as("of 20000").isBetween(1, 19_999);
    }
}
