package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTest {
    private final MemorySegment memory = MemorySegment.ofArray(new long[129]);

    private static final List<ToLongFunction<MemorySegment>> ALL =
            List.of(
                    Message::hold,
                    Message::again,
                    m -> Message.welcome(m, 1, 0, -1, "exao2"),
                    m -> Message.text(m, Message.REFUSED, "in use"),
                    m -> Message.text(m, Message.HELLO, "exao3 process 17"),
                    m -> Message.text(m, Message.BYE, ""),
                    m -> Message.ping(m, 123),
                    m -> Message.pong(m, 1, 2, 3));

    @Test
    void eachHasItsLengthAndABodyThatItsTypeNeeds() {
        for (ToLongFunction<MemorySegment> message : ALL) {
            memory.fill((byte) 0x55);
            long bytes = message.applyAsLong(memory);
            assertThat(Message.bytes(memory, 0, Message.MAX_SMALL_BYTES)).isEqualTo(bytes);
            assertThat(bytes % 8).isZero();
            Message.checkSmall(Message.type(memory, 0), bytes);
            assertThat(memory.get(JAVA_BYTE, bytes)).as("behind it").isEqualTo((byte) 0x55);
        }
    }

    @Test
    void carriesTimes() {
        Message.ping(memory, Long.MAX_VALUE);
        assertThat(Message.type(memory, 0)).isEqualTo(Message.PING);
        assertThat(Message.pingSentNs(memory, 0)).isEqualTo(Long.MAX_VALUE);
        Message.pong(memory, 11, 22, 33);
        assertThat(Message.type(memory, 0)).isEqualTo(Message.PONG);
        assertThat(Message.pongPingNs(memory, 0)).isEqualTo(11);
        assertThat(Message.pongArrivedNs(memory, 0)).isEqualTo(22);
        assertThat(Message.pongSentNs(memory, 0)).isEqualTo(33);
    }

    @Test
    void carriesTexts() {
        long bytes = Message.welcome(memory, 1, 0, 77, "exao2");
        assertThat(Message.welcomeVersion(memory, 0)).isEqualTo(1);
        assertThat(Message.welcomeHost(memory, 0, bytes)).isEqualTo("exao2");
        bytes = Message.text(memory, Message.REFUSED, "Anschluß belegt");
        assertThat(Message.text(memory, 0, bytes)).isEqualTo("Anschluß belegt");
    }

    @Test
    void cutsLongTextsAndReplacesWhatATerminalWouldObey() {
        long bytes = Message.text(memory, Message.REFUSED, "\033[2J" + "x".repeat(5000));
        assertThat(bytes).isEqualTo(Message.MAX_SMALL_BYTES);
        assertThat(Message.text(memory, 0, bytes)).isEqualTo("?[2J" + "x".repeat(1004));
    }

    @Test
    void everyFlippedBitOfAHeaderIsNoticed() {
        for (ToLongFunction<MemorySegment> message : ALL) {
            for (int bit = 0; bit < Message.HEADER_BYTES * 8; bit++) {
                assertThat(message.applyAsLong(memory)).isPositive();
                byte was = memory.get(JAVA_BYTE, bit / 8);
                memory.set(JAVA_BYTE, bit / 8, (byte) (was ^ 1 << bit % 8));
                assertThatThrownBy(() -> Message.bytes(memory, 0, Long.MAX_VALUE))
                        .as("bit %d", bit)
                        .isInstanceOf(WireException.class);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"-8, 1024", "7, 1024", "1016, 1024", "9223372036854775800, 1024", "8, 16"})
    void refusesLengths(long body, long maxBytes) {
        Message.header(memory, 0, 99, body);
        assertThatThrownBy(() -> Message.bytes(memory, 0, maxBytes))
                .isInstanceOf(WireException.class)
                .hasMessage("a message of type 99 with " + body + " bytes");
    }

    @Test
    void knowsTheLengthOfAMessageOfAnUnknownType() {
        Message.header(memory, 8, 65535, 1008);
        assertThat(Message.bytes(memory, 8, 1024)).isEqualTo(1024);
        assertThat(Message.type(memory, 8)).isEqualTo(65535);
    }

    @ParameterizedTest
    @CsvSource({"1,16", "5,16", "5,32", "4,16"})
    void refusesABodyThatIsTooShort(int type, long bytes) {
        assertThatThrownBy(() -> Message.checkSmall(type, bytes))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("truncated");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void randomBytesAreNoMessage(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            for (int word = 0; word < 4; word++) {
                memory.set(JAVA_INT, 4L * word, random.nextInt());
            }
            assertThatThrownBy(() -> Message.bytes(memory, 0, Long.MAX_VALUE))
                    .isInstanceOf(WireException.class);
        }
    }
}
