package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class MemoryChecksumTest {
    /** Of "123456789", as every catalogue of CRCs lists it. */
    private static final long CHECK_VALUE = 0xE3069283L;

    @Test
    void isTheSameInOnePieceAndInMany() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom("__123456789");
            MemoryChecksum part = new MemoryChecksum(memory);
            part.restart(2);
            part.through(11);
            assertThat(part.value()).isEqualTo(CHECK_VALUE);
            part.restart(2);
            for (int end = 0; end <= 11; end += 3) {
                part.through(end);
            }
            part.through(11);
            assertThat(part.value()).isEqualTo(CHECK_VALUE);
            MemoryChecksum whole = new MemoryChecksum(memory.asSlice(2, 9));
            assertThat(whole.compute()).isEqualTo(CHECK_VALUE);
            assertThat(whole.compute()).isEqualTo(CHECK_VALUE);
        }
    }
}
