package org.shmimtcp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;

class MilkzmqHeadTest {
    private static final int NAME_BYTES = 128;

    /** Builds a message from the description of the format, not with the code under test. */
    private static byte[] message(String name, String numbers, int payload) {
        byte[] bytes = new byte[256 + payload];
        byte[] text = name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        System.arraycopy(text, 0, bytes, 0, text.length);
        byte[] rest = HexFormat.of().parseHex(numbers.replace(" ", ""));
        System.arraycopy(rest, 0, bytes, NAME_BYTES, rest.length);
        return bytes;
    }

    private static final String SIZES = "03 03000000 02000000 ";
    private static final String TIMES = "0100000000000080 1032547600000000 ff00000000000000 ";

    private static byte[] raw() {
        return message("camwfs", SIZES + TIMES + "ffff ffff ffff 0c000000", 12);
    }

    private static MilkzmqHead read(byte[] message) {
        return MilkzmqHead.read(message, 1_000_000_000L);
    }

    @Test
    void isAsDescribed() {
        var head =
                new MilkzmqHead(
                        "camwfs",
                        DataType.UINT16,
                        3,
                        2,
                        0x8000000000000001L,
                        0x76543210L,
                        255,
                        false,
                        12);
        byte[] message = new byte[256 + 12];
        Arrays.fill(message, 0, 256, (byte) 0x55);
        head.write(message);
        assertThat(message).isEqualTo(raw());
        assertThat(read(message)).isEqualTo(head);

        byte[] compressed = message("camwfs", SIZES + TIMES + "2c01 c800 6400 05000000", 5);
        byte[] written = new byte[256 + 5];
        var packed =
                new MilkzmqHead(
                        "camwfs",
                        DataType.UINT16,
                        3,
                        2,
                        0x8000000000000001L,
                        0x76543210L,
                        255,
                        true,
                        5);
        packed.write(written);
        assertThat(written).isEqualTo(compressed);
        assertThat(read(compressed)).isEqualTo(packed);
    }

    @ParameterizedTest
    @EnumSource
    void carriesTypesOneToTen(DataType type) {
        assertThat(MilkzmqHead.carries(type)).isEqualTo(type.code() <= 10);
        byte[] message = raw();
        message[NAME_BYTES] = (byte) type.code();
        message = Arrays.copyOf(message, 256 + 6 * type.bytes());
        message[167] = (byte) (6 * type.bytes());
        byte[] whole = message;
        if (type.code() <= 10) {
            assertThat(read(whole).type()).isEqualTo(type);
        } else {
            assertThatThrownBy(() -> read(whole)).isInstanceOf(WireException.class);
        }
    }

    @Test
    void anythingNotLongerThanAHeadIsAHangUp() {
        assertThat(MilkzmqHead.isHangUp(new byte[0])).isTrue();
        assertThat(MilkzmqHead.isHangUp(MilkzmqHead.hangUp())).isTrue();
        assertThat(MilkzmqHead.isHangUp(new byte[256])).isTrue();
        assertThat(MilkzmqHead.isHangUp(new byte[257])).isFalse();
        assertThat(MilkzmqHead.hangUp()).containsExactly(0);
    }

    @ParameterizedTest
    @CsvSource({
        "128, 00, data type 0",
        "128, 0b, data type 11",
        "128, ff, data type 255",
        "129, 00000000, size 0 x 2",
        "133, 00000000, size 3 x 0",
        "129, ffffffff, size 4294967295 x 2",
        "133, 00000080, size 3 x 2147483648",
        "129, ffffff7f, needs",
        "129, 04000000, of 16 bytes: says 12 bytes",
        "167, 0b000000, says 11 bytes",
        "167, 0d000000, says 13 bytes",
        "167, ffffffff, says 4294967295 bytes",
        "161, 2c01, 'compression methods 300, -1, -1'",
        "161, 000000000000, 'compression methods 0, 0, 0'",
        "161, 2c01c8006500, 'compression methods 300, 200, 101'",
        "0, 00, is empty",
        "0, 2f, has a '/'",
        "0, 2e, starts with '.'",
        "0, 2d, starts with '-'",
        "0, 0a, blank or an unprintable",
        "0, ff, is not text",
    })
    void refuses(int offset, String hex, String why) {
        byte[] message = raw();
        byte[] bad = HexFormat.of().parseHex(hex);
        System.arraycopy(bad, 0, message, offset, bad.length);
        assertThatThrownBy(() -> read(message))
                .isInstanceOf(WireException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 127, 128})
    void refusesNamesThatNoStreamCanHave(int length) {
        byte[] message = raw();
        Arrays.fill(message, 0, length, (byte) 'n');
        assertThatThrownBy(() -> read(message))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("more than 79 bytes");
    }

    @Test
    void refusesCompressedPixelsOfOtherTypesAndSizesThatTheBytesCannotHold() {
        byte[] floats =
                message("a", "09 01000000 01000000 " + TIMES + "2c01 c800 6400 04000000", 4);
        assertThatThrownBy(() -> read(floats)).hasMessageContaining("cannot be compressed");
        // 1000 x 1000 pixels are 4,000,000 bytes before LZ4, which expands one byte to at most 255.
        byte[] bomb = message("a", "03 e8030000 e8030000 " + TIMES + "2c01 c800 6400 46000000", 70);
        assertThatThrownBy(() -> read(bomb)).hasMessageContaining("says 70 bytes");
        assertThatThrownBy(() -> MilkzmqHead.read(raw(), 11)).hasMessageContaining("the limit");
    }

    @Test
    void aTimeThatIsNoneIsSaid() {
        assertThat(read(raw()).hasWriteTime()).isTrue();
        byte[] message = raw();
        Arrays.fill(message, 153, 157, (byte) 0xff);
        assertThat(read(message).hasWriteTime()).isFalse();
        Arrays.fill(message, 145, 161, (byte) 0);
        assertThat(read(message).hasWriteTime()).isFalse();
    }

    /** Any message is either accepted as a frame within the limits, or refused. */
    @Test
    void holdsAgainstRubbish() {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 100_000; i++) {
            byte[] message = raw();
            for (int n = 1 + random.nextInt(6); n > 0; n--) {
                message[128 + random.nextInt(43)] = (byte) random.nextInt();
            }
            try {
                MilkzmqHead head = read(message);
                assertThat(head.payloadBytes()).as("seed %d", seed).isEqualTo(12);
                assertThat(head.compressed() || head.pixelBytes() == 12).isTrue();
            } catch (WireException refused) {
                assertThat(refused.getMessage()).as("seed %d", seed).isNotEmpty();
            }
        }
    }
}
