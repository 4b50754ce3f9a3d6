package org.shmimtcp.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RoomPollingTest {
    private static final long MS = 1_000_000;

    private final RoomPolling room = new RoomPolling();

    @Test
    void aConnectionWithRoomIsNeverCheckedTooEarly() {
        assertThat(room.isEarly(5)).isFalse();
        room.hasRoom();
        assertThat(room.isEarly(5)).isFalse();
    }

    @Test
    void checksBecomeRareWhileItStaysFull() {
        long t = -3 * MS; // the clock may have any sign
        assertThat(room.isFull(t) - t).isEqualTo(MS / 10);
        assertThat(room.isEarly(t + MS / 10 - 1)).isTrue();
        assertThat(room.nextNs()).isEqualTo(t + MS / 10);
        assertThat(room.isEarly(t + MS / 10)).isFalse();
        assertThat(room.isFull(t + 16 * MS)).isEqualTo(t + 17 * MS);
        assertThat(room.isFull(t + 1000 * MS)).isEqualTo(t + 1005 * MS);
    }

    @Test
    void theyBeginAnewOnceItHadRoom() {
        room.isFull(0);
        room.isFull(100 * MS);
        room.hasRoom();
        assertThat(room.isEarly(100 * MS)).isFalse();
        assertThat(room.isFull(200 * MS)).isEqualTo(200 * MS + MS / 10);
    }
}
