package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadMarkerTest {
    private static final int INSTANCE = 0x7654_3211;

    private static MemorySegment plain() {
        MemorySegment head = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(384));
        head.setString(0, "2.00");
        for (long at = 32; at < 384; at++) {
            head.set(JAVA_BYTE, at, (byte) (at * 31));
        }
        return head;
    }

    private static MemorySegment marked() {
        MemorySegment head = plain();
        HeadMarker.put(head, INSTANCE, 0);
        return head;
    }

    @Test
    void tellsVersionAndInstance() {
        assertThat(HeadMarker.version(marked())).isEqualTo(HeadMarker.VERSION);
        assertThat(HeadMarker.instance(marked())).isEqualTo(INSTANCE);
    }

    @Test
    void leavesAloneWhatCReceiversRead() {
        MemorySegment head = marked();
        assertThat(head.getString(0)).isEqualTo("2.00");
        assertThat(head.asSlice(32).mismatch(plain().asSlice(32))).isEqualTo(-1);
        assertThat(head.asSlice(8, 8).toArray(JAVA_BYTE))
                .isEqualTo("shmimTCP".getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void aHeadOfACProgramHasNoVersion() {
        assertThat(HeadMarker.version(plain())).isZero();
    }

    @Test
    void everyFlippedBitIsNoticed() {
        for (int bit = 0; bit < 384 * 8; bit++) {
            MemorySegment head = marked();
            byte was = head.get(JAVA_BYTE, bit / 8);
            head.set(JAVA_BYTE, bit / 8, (byte) (was ^ 1 << bit % 8));
            assertThatThrownBy(() -> HeadMarker.version(head))
                    .as("bit %d", bit)
                    .isInstanceOf(WireException.class)
                    .hasMessageContaining("damaged");
        }
    }

    @ParameterizedTest
    @CsvSource({"2,2,2", "2,3,2", "0,9,2", "3,4,0", "1,1,0", "0,0,0", "3,2,0", "1,65535,2"})
    void speaksWhatBothSpeak(int oldest, int newest, int spoken) {
        MemorySegment head = marked();
        head.set(JAVA_SHORT, 16, (short) oldest);
        head.set(JAVA_SHORT, 18, (short) newest);
        head.set(JAVA_INT, 20, -1); // capabilities of a later version
        head.set(JAVA_INT, 24, 0);
        CRC32C sum = new CRC32C();
        sum.update(head.toArray(JAVA_BYTE));
        head.set(JAVA_INT, 24, (int) sum.getValue());
        assertThat(HeadMarker.version(head)).isEqualTo(spoken);
    }

    @Test
    void somethingElseInItsPlaceIsNotOurs() {
        MemorySegment head = plain();
        head.set(JAVA_LONG, 8, 0x1122_3344_5566_7788L);
        assertThat(HeadMarker.version(head)).isZero();
    }
}
