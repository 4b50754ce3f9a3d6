package org.shmimtcp.tmux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class AnnouncementTest {
    private static final long SOON_NS = 10_000_000_000L;

    @Test
    void reachesWhoWaits() throws Exception {
        try (Announcement announcement = new Announcement()) {
            Path file = announcement.file();
            Thread other =
                    Thread.ofPlatform().start(() -> Announcement.make(file, "connected 1.2.3.4:5"));
            assertThat(announcement.await(SOON_NS, () -> true)).contains("connected 1.2.3.4:5");
            other.join();
        }
    }

    @Test
    void isGivenUpAfterItsTime() throws IOException {
        try (Announcement announcement = new Announcement()) {
            assertThat(announcement.await(30_000_000, () -> true)).isEmpty();
        }
    }

    @Test
    void isGivenUpWhenItsProgramHasEnded() throws IOException {
        try (Announcement announcement = new Announcement()) {
            assertThat(announcement.await(Long.MAX_VALUE / 2, () -> false)).isEmpty();
        }
    }

    @Test
    void mayBeTheLastActOfItsProgram() throws IOException {
        try (Announcement announcement = new Announcement()) {
            assertThat(
                            announcement.await(
                                    SOON_NS,
                                    () -> {
                                        Announcement.make(announcement.file(), "failed");
                                        return false;
                                    }))
                    .contains("failed");
        }
    }

    @Test
    void leavesNothingBehindAndTroublesNobodyWhoIsLate() throws IOException {
        Path file;
        try (Announcement announcement = new Announcement()) {
            file = announcement.file();
            Announcement.make(file, "waiting");
        }
        assertThat(file.getParent()).doesNotExist();
        Announcement.make(file, "too late");
        assertThat(file.getParent()).doesNotExist();
    }
}
