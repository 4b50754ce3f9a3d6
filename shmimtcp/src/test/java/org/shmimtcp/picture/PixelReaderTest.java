package org.shmimtcp.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.PixelReader;

/** Reads each type as written by java.nio, with the extreme values of its range. */
class PixelReaderTest {
    private static double[] read(DataType type, int count, Consumer<ByteBuffer> writer) {
        MemorySegment frame = Arena.ofAuto().allocate((long) (count + 1) * type.bytes(), 8);
        ByteBuffer buffer = frame.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        writer.accept(buffer.position(type.bytes()));
        double[] to = new double[count];
        PixelReader.read(type, frame, 1, to, count);
        return to;
    }

    @Test
    void bytes() {
        assertThat(read(DataType.UINT8, 2, b -> b.put((byte) 0).put((byte) 255)))
                .containsExactly(0, 255);
        assertThat(read(DataType.INT8, 2, b -> b.put((byte) -128).put((byte) 127)))
                .containsExactly(-128, 127);
    }

    @Test
    void shorts() {
        assertThat(read(DataType.UINT16, 2, b -> b.putShort((short) 1).putShort((short) 65535)))
                .containsExactly(1, 65535);
        assertThat(read(DataType.INT16, 2, b -> b.putShort((short) -32768).putShort((short) 7)))
                .containsExactly(-32768, 7);
    }

    @Test
    void ints() {
        assertThat(read(DataType.UINT32, 2, b -> b.putInt(5).putInt(-1)))
                .containsExactly(5, 4294967295.0);
        assertThat(read(DataType.INT32, 2, b -> b.putInt(Integer.MIN_VALUE).putInt(5)))
                .containsExactly(-2147483648.0, 5);
    }

    @Test
    void longs() {
        assertThat(read(DataType.UINT64, 3, b -> b.putLong(5).putLong(-1).putLong(Long.MIN_VALUE)))
                .containsExactly(5, 0x1p64, 0x1p63);
        assertThat(read(DataType.INT64, 2, b -> b.putLong(Long.MIN_VALUE).putLong(5)))
                .containsExactly(-0x1p63, 5);
    }

    @Test
    void reals() {
        assertThat(read(DataType.FLOAT, 2, b -> b.putFloat(1.5f).putFloat(Float.NaN)))
                .containsExactly(1.5, Double.NaN);
        assertThat(read(DataType.DOUBLE, 2, b -> b.putDouble(1e300).putDouble(-0.1)))
                .containsExactly(1e300, -0.1);
        assertThat(
                        read(
                                DataType.HALF,
                                3,
                                b ->
                                        b.putShort((short) 0x3c00)
                                                .putShort((short) 0xc500)
                                                .putShort((short) 0x7c00)))
                .containsExactly(1, -5, Double.POSITIVE_INFINITY);
    }

    @Test
    void magnitudesOfComplexPixels() {
        assertThat(
                        read(
                                DataType.COMPLEX_FLOAT,
                                2,
                                b -> b.putFloat(3).putFloat(-4).putFloat(0).putFloat(2)))
                .containsExactly(5, 2);
        assertThat(read(DataType.COMPLEX_DOUBLE, 1, b -> b.putDouble(-5).putDouble(12)))
                .containsExactly(13);
    }
}
