package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ShmDir;

@Timeout(60)
class LinkLocksTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Site site = SiteFile.read(Map.of());
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final ImageDirectory directory;

    LinkLocksTest(@ShmDir Path dir) {
        this.directory = new ImageDirectory(dir);
    }

    private Plan links(String... names) {
        Host icc = site.host("ICC");
        List<Link> links = site.choose(List.of(names), icc).links();
        return Plan.up(site, icc, "exao3", links, Peer.SHMIMTCP);
    }

    private LinkLocks take(Duration time, Plan plan) {
        long deadlineNs = System.nanoTime() + time.toNanos();
        return LinkLocks.take(directory, plan, deadlineNs, () -> false, said::add);
    }

    @Test
    void theSecondWaitsForTheFirst() throws Exception {
        CompletableFuture<LinkLocks> second;
        try (LinkLocks first = take(DEADLINE, links("dm01disp03", "dm01disp04"))) {
            assertThat(first).isNotNull();
            second =
                    CompletableFuture.supplyAsync(
                            () -> take(DEADLINE, links("dm01disp04", "dm01disp05")));
            Await.until(DEADLINE, "its word", () -> !said.isEmpty());
            assertThat(said)
                    .containsExactly(
                            "dm01disp04: another run is working on it: waiting until it ends");
            assertThat(second).isNotDone();
            take(DEADLINE, links("dm01disp06")).close(); // other links need not wait
        }
        second.get(DEADLINE.toSeconds(), TimeUnit.SECONDS).close();
        assertThat(said).hasSize(1);
        assertThat(directory.path()).as("files of locks").isEmptyDirectory();
    }

    @Test
    void whoWaitsTooLongSaysWhom() {
        try (LinkLocks first = take(DEADLINE, links("dm01disp03"))) {
            assertThat(first).isNotNull();
            assertThatThrownBy(() -> take(Duration.ofMillis(1), links("dm01disp03")))
                    .isInstanceOf(BridgeException.class)
                    .hasMessageContaining("still working on it")
                    .hasMessageContaining(".dm01disp03-192_168_2_2-8803-");
        }
    }

    /** Other users may write in the directory: their files are neither followed nor waited for. */
    @Test
    void onlyAFileIsLocked() throws Exception {
        Plan links = links("dm01disp03");
        Path file = LinkLocks.file(directory, "dm01disp03-192.168.2.2-8803");
        Path victim = directory.path().resolve("victim");
        Files.createSymbolicLink(file, victim);
        assertThatThrownBy(() -> take(DEADLINE, links))
                .isInstanceOf(BridgeException.class)
                .hasMessageContaining("symbolic link");
        assertThat(victim).doesNotExist();
        Files.delete(file);
        assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();
        assertThatThrownBy(() -> take(DEADLINE, links))
                .isInstanceOf(BridgeException.class)
                .hasMessageContaining("not a regular file");
    }
}
