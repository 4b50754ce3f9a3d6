package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.PackedPixels;

class FramePackerTest {
    private static final int CHANGES = 3;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    private static ImageSpec cube(DataType type) {
        return ImageSpec.of("x", type, Shape.of(31, 17, 3)).withKeywords(CHANGES);
    }

    /** A FRAME that is complete but for its last eight bytes. */
    private MemorySegment plain(ImageSpec spec) {
        MemorySegment message = arena.allocate(FrameMessage.bytes(spec.frameBytes(), CHANGES), 64);
        for (long at = 0; at < spec.frameBytes(); at++) {
            message.set(JAVA_BYTE, FrameMessage.PIXELS + at, (byte) (at / 50));
        }
        FrameMessage.cnt0(message, 77);
        FrameMessage.fill(
                message,
                Message.FRAME,
                spec.frameBytes(),
                FrameMessage.WHOLE_IMAGE,
                CHANGES,
                1_700_000_000_000_000_000L);
        for (int i = 0; i < CHANGES; i++) {
            long change = FrameMessage.change(spec.frameBytes(), i);
            FrameMessage.changeSlot(message, change, i);
            message.set(JAVA_BYTE, change + FrameMessage.CHANGE_KEYWORD, (byte) ('a' + i));
        }
        return message;
    }

    private static MemorySegment pixels(MemorySegment message, ImageSpec spec) {
        return message.asSlice(FrameMessage.PIXELS, spec.frameBytes());
    }

    @ParameterizedTest
    @EnumSource
    void bothEndsAgreeAndTheChecksumIsThatOfThePixels(DataType type) {
        ImageSpec spec = cube(type);
        MemorySegment plain = plain(spec);
        var packer = new FramePacker(spec, CHANGES, arena);
        long bytes = packer.pack(plain, new FrameMessage.Checksum(plain));
        MemorySegment packed = packer.message();
        assertThat(bytes).isPositive().isLessThan(plain.byteSize());
        assertThat(Message.bytes(packed, 0, bytes)).isEqualTo(bytes);
        assertThat(FrameMessage.isPacked(packed)).isTrue();
        assertThat(FrameMessage.isPacked(plain)).isFalse();
        byte[] fromPage =
                PackedPixels.unpack(
                        packed.asSlice(FrameMessage.PIXELS, FrameMessage.packedBytes(packed))
                                .toArray(JAVA_BYTE),
                        (int) spec.frameBytes(),
                        type.code(),
                        type.bytes());
        assertThat(fromPage).isEqualTo(pixels(plain, spec).toArray(JAVA_BYTE));
        var unpacker = new FrameUnpacker(spec, arena);
        for (int i = 0; i < 2; i++) { // its buffers are reused
            assertThat(unpacker.unpack(packed, bytes)).isEqualTo(plain.byteSize());
            MemorySegment back = unpacker.message();
            assertThat(pixels(back, spec).mismatch(pixels(plain, spec))).isEqualTo(-1);
            assertThat(FrameMessage.cnt0(back)).isEqualTo(77);
            assertThat(FrameMessage.changes(back)).isEqualTo(CHANGES);
            long last = FrameMessage.change(spec.frameBytes(), CHANGES - 1);
            assertThat(back.get(JAVA_BYTE, last + FrameMessage.CHANGE_KEYWORD))
                    .isEqualTo((byte) 'c');
            assertThat(FrameMessage.isWhole(back, plain.byteSize())).isTrue();
            CRC32C crc = new CRC32C();
            crc.update(back.asSlice(16, plain.byteSize() - 20).asByteBuffer());
            assertThat(packed.get(java.lang.foreign.ValueLayout.JAVA_INT, bytes - 4))
                    .isEqualTo((int) crc.getValue());
        }
    }

    /** A copy from somewhere else that has the same bytes is no damage. */
    @Test
    void eachDamagedByteIsFoundOrChangesNoPixel() {
        ImageSpec spec = cube(DataType.FLOAT);
        MemorySegment plain = plain(spec);
        var packer = new FramePacker(spec, CHANGES, arena);
        long bytes = packer.pack(plain, new FrameMessage.Checksum(plain));
        MemorySegment packed = packer.message();
        var unpacker = new FrameUnpacker(spec, arena);
        long pixelsEnd = FrameMessage.PIXELS + FrameMessage.packedBytes(packed);
        long changes = FrameMessage.change(FrameMessage.packedBytes(packed), 0);
        int harmless = 0;
        for (long at = Message.HEADER_BYTES; at < bytes; at++) {
            byte right = packed.get(JAVA_BYTE, at);
            packed.set(JAVA_BYTE, at, (byte) (right ^ 4));
            try {
                unpacker.unpack(packed, bytes);
                assertThat(at).as("harmless byte").isBetween(FrameMessage.PIXELS + 4L, changes);
                assertThat(pixels(unpacker.message(), spec).mismatch(pixels(plain, spec)))
                        .isEqualTo(-1);
                harmless += at < pixelsEnd ? 1 : 0;
            } catch (WireException found) {
                assertThat(found).hasMessageContaining("frame");
            }
            packed.set(JAVA_BYTE, at, right);
        }
        assertThat(harmless).isLessThan((int) (pixelsEnd - FrameMessage.PIXELS) / 4);
        assertThat(unpacker.unpack(packed, bytes)).isEqualTo(plain.byteSize());
        for (long shorter : new long[] {16, 128, 136, bytes - 8, bytes + 8}) {
            assertThatThrownBy(() -> unpacker.unpack(packed, shorter))
                    .isInstanceOf(WireException.class);
        }
    }

    @Test
    void whatDoesNotGetShorterStaysAsItIs() {
        ImageSpec spec = ImageSpec.of("x", DataType.UINT8, Shape.of(64)).withKeywords(CHANGES);
        MemorySegment plain = plain(spec);
        for (int at = 0; at < 64; at++) {
            plain.set(JAVA_BYTE, FrameMessage.PIXELS + at, (byte) (at * 37));
        }
        var sum = new FrameMessage.Checksum(plain);
        assertThat(new FramePacker(spec, CHANGES, arena).pack(plain, sum)).isZero();
        FrameMessage.seal(plain, plain.byteSize(), true, sum);
        FrameMessage.check(plain, plain.byteSize(), Message.FRAME, spec, sum);
        assertThat(FrameMessage.isPacked(plain)).isFalse();
    }
}
