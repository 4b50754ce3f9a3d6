package org.shmimtcp.fits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;

class PixelCodecTest {
    /** Little-endian in the stream; in the file as in table 11 of the FITS standard. */
    @ParameterizedTest
    @CsvSource({
        "UINT8, 00 7f ff, 00 7f ff",
        "INT8, 80 00 7f, 00 80 ff",
        "INT16, 0102 0080 ff7f, 0201 8000 7fff",
        "UINT16, 0000 0080 ffff, 8000 0000 7fff",
        "INT32, 01020304, 04030201",
        "UINT32, 00000000 ffffffff, 80000000 7fffffff",
        "INT64, 0102030405060708, 0807060504030201",
        "UINT64, 0000000000000000, 8000000000000000",
        "FLOAT, 0000803f, 3f800000",
        "DOUBLE, 000000000000f03f, 3ff0000000000000",
        "HALF, 003c 00c0, 3f800000 c0000000"
    })
    void storesAsTheStandardSays(DataType type, String stream, String file) {
        PixelCodec codec = PixelCodec.of(type);
        byte[] from = HexFormat.of().parseHex(stream.replace(" ", ""));
        byte[] wanted = HexFormat.of().parseHex(file.replace(" ", ""));
        byte[] place = new byte[Math.max(from.length, wanted.length)];
        System.arraycopy(from, 0, place, 0, from.length);
        long pixels = from.length / type.bytes();

        codec.toFile(MemorySegment.ofArray(place), 0, pixels);
        assertThat(place).startsWith(wanted);

        codec.fromFile(MemorySegment.ofArray(place), 0, pixels);
        assertThat(place).startsWith(from);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"COMPLEX_FLOAT", "COMPLEX_DOUBLE", "HALF"})
    void everyBitComesBack(DataType type) {
        long seed = 20260101;
        byte[] bytes = new byte[8000];
        new SplittableRandom(seed).nextBytes(bytes);
        byte[] place = bytes.clone();
        PixelCodec saved = PixelCodec.of(type);
        saved.toFile(MemorySegment.ofArray(place), 0, bytes.length / type.bytes());
        PixelCodec found =
                PixelCodec.of(
                        saved.bitpix(),
                        new BigDecimal(saved.zero()),
                        1,
                        false,
                        OptionalLong.empty());
        found.fromFile(MemorySegment.ofArray(place), 0, bytes.length / type.bytes());
        assertThat(found.type()).isEqualTo(type);
        assertThat(place).isEqualTo(bytes);
    }

    @Test
    void everyHalfComesBackButNans() {
        byte[] place = new byte[4 * 65536];
        ByteBuffer halfs = ByteBuffer.wrap(place);
        for (int i = 0; i < 65536; i++) {
            halfs.putShort(2 * i, Short.reverseBytes((short) i));
        }
        PixelCodec codec = PixelCodec.of(-32, BigDecimal.ZERO, 1, true, OptionalLong.empty());
        codec.toFile(MemorySegment.ofArray(place), 0, 65536);
        codec.fromFile(MemorySegment.ofArray(place), 0, 65536);
        for (int i = 0; i < 65536; i++) {
            Float wanted = Float.float16ToFloat((short) i);
            Float found = Float.float16ToFloat(Short.reverseBytes(halfs.getShort(2 * i)));
            assertThat(found).isEqualTo(wanted);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8, 10, 0.5, ff, 137.5, FLOAT",
        "16, 0, 0.1, 8000, -3276.8, FLOAT",
        "32, 5, 2, 00000003, 11, DOUBLE",
        "64, 1, 1, 0000000000000002, 3, DOUBLE",
        "-32, 1, 2, 3f800000, 3, FLOAT",
        "-64, 1, 2, 3ff0000000000000, 3, DOUBLE"
    })
    void scales(int bitpix, BigDecimal zero, double scale, String file, double v, DataType type) {
        PixelCodec codec = PixelCodec.of(bitpix, zero, scale, false, OptionalLong.empty());
        assertThat(codec.type()).isEqualTo(type);
        byte[] one = HexFormat.of().parseHex(file);
        byte[] place = new byte[2 * codec.bytes()];
        System.arraycopy(one, 0, place, 0, one.length);
        System.arraycopy(one, 0, place, one.length, one.length);
        codec.fromFile(MemorySegment.ofArray(place), 0, 2);
        ByteBuffer found = ByteBuffer.wrap(place).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 2; i++) {
            double value = type == DataType.FLOAT ? found.getFloat(4 * i) : found.getDouble(8 * i);
            assertThat(value).isEqualTo(type == DataType.FLOAT ? (float) v : v);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"COMPLEX_FLOAT", "COMPLEX_DOUBLE"})
    void refusesComplex(DataType type) {
        assertThatThrownBy(() -> PixelCodec.of(type))
                .isInstanceOf(ImageException.class)
                .hasMessage(
                        "pixels of type "
                                + type.letters()
                                + " (complex) cannot be saved: a FITS image has none");
    }
}
