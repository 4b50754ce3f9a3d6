package org.shmimtcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {
    @ParameterizedTest
    @CsvSource({
        "192.168.2.0/24, 192.168.2.255, true",
        "192.168.2.0/24, 192.168.3.0, false",
        "192.168.2.7/24, 192.168.2.1, true",
        "192.168.2.128/25, 192.168.2.127, false",
        "192.168.2.128/25, 192.168.2.128, true",
        "10.0.0.5, 10.0.0.5, true",
        "10.0.0.5, 10.0.0.4, false",
        "0.0.0.0/0, 255.1.2.3, true",
        "0.0.0.0/0, ::1, false",
        "::/0, 1.2.3.4, false",
        "fd00::/8, fd12:3456::1, true",
        "fd00::/8, fe80::1, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::1, ::1, true",
        "::ffff:10.0.0.0/8, 10.1.2.3, true",
        "::ffff:10.0.0.0/104, 10.1.2.3, true",
        "::ffff:10.0.0.0/104, 11.1.2.3, false",
        "::ffff:0:0/96, 11.1.2.3, true",
        "fe80::/10, fe80::1%1, true",
        "fe80::%1/64, fe80::1%1, true",
        "fe80::%1/64, fe80::1%2, false",
        "10.0.0.0/8, ::ffff:10.1.2.3, true",
    })
    void holdsTheAddressesThatBeginWithItsBits(String range, String address, boolean inside) {
        assertThat(AddressRange.parse(range).contains(InetAddress.ofLiteral(address)))
                .isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/24",
                "localhost",
                "rtc.example.org/24",
                "10.1/8",
                "10.0.0.256",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/",
                "10.0.0.0/x",
                "fd00::/129",
                "fd00:::/8",
                "fd00::/8/8",
                "010.0.0.1.2",
                "1",
                "0x7f.0.0.1"
            })
    void anythingElseIsRefusedWithoutALookUp(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> AddressRange.parse(text));
    }

    /** Compares with arithmetic on whole numbers. */
    @ParameterizedTest
    @MethodSource("org.shmimtcp.testing.Seeds#hundred")
    void agreesWithArithmetic(long seed) throws UnknownHostException {
        Random random = new Random(seed);
        byte[] network = new byte[4];
        byte[] other = new byte[4];
        random.nextBytes(network);
        random.nextBytes(other);
        int bits = random.nextInt(33);
        int common = random.nextInt(33);
        for (int bit = 0; bit < common; bit++) { // so that common prefixes do occur
            int mask = 0x80 >>> (bit % 8);
            other[bit / 8] = (byte) ((other[bit / 8] & ~mask) | (network[bit / 8] & mask));
        }
        boolean same =
                new BigInteger(1, network)
                        .shiftRight(32 - bits)
                        .equals(new BigInteger(1, other).shiftRight(32 - bits));
        AddressRange range = new AddressRange(InetAddress.getByAddress(network), bits);
        assertThat(range.contains(InetAddress.getByAddress(other)))
                .as("%s %s", range, Arrays.toString(other))
                .isEqualTo(same);
    }
}
