package org.shmimtcp.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TwoHostSite;

class ServerTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration PAUSE = Duration.ofMillis(250);
    private static final int MANY = 50;

    private final Path config;
    private final ImageDirectory streams;
    private final Server server;
    private int ticks;

    ServerTest(@TempDir Path dir, @ShmDir Path shm) {
        config = dir.resolve("site.toml");
        streams = new ImageDirectory(shm);
        server = new Server(streams, null, new CpuSleepGuard(OptionalInt.empty()));
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    /** Serves what machine A sends to B. */
    private void serve(int links) throws IOException {
        TwoHostSite site = new TwoHostSite();
        for (int i = 0; i < links; i++) {
            // Of no size, so that a missing source is not created.
            site.with(
                    "[streams.s%d]\nfrom = \"A\"\nto = \"B\"\nport = %d\n"
                            .formatted(i, Programs.freePort()));
        }
        serve("A", site);
    }

    private void serve(String role, TwoHostSite text) throws IOException {
        Files.writeString(config, text.toString());
        Site site = SiteFile.read(Map.of(Environment.CONFIG.variable(), config.toString()));
        Host here = site.host(role);
        server.serve(site, here, site.chooseServed(here).links(), List.of());
    }

    @Test
    void aReceiverListensOnItsAddressOnly() throws IOException {
        int port = Programs.freePort();
        serve(
                "B",
                new TwoHostSite()
                        .with(
                                "[streams.x]\nfrom = \"A\"\nto = \"B\"\nbind = \"127.0.0.2\"\nport = "
                                        + port));
        Await.until(SOON, "a listener", () -> accepts("127.0.0.2", port));
        assertThat(accepts("127.0.0.1", port)).isFalse();
    }

    private static boolean accepts(String address, int port) {
        try (Socket socket = new Socket(address, port)) {
            return socket.isConnected();
        } catch (IOException refused) {
            return false;
        }
    }

    /** Not only at the next of the regular updates, which come once a second. */
    @Test
    void aChangedStateIsShownAtTheNextTick() throws IOException {
        serve(1);
        tickUntilShown(LinkState.State.FAILED);
        ImageSpec spec = ImageSpec.of("s0", DataType.FLOAT, Shape.of(50, 50));
        try (Image _ = Image.create(streams, spec)) {
            tickUntilShown(LinkState.State.WAITING); // nobody listens there
        }
    }

    /** Ticks seldom, so that the loop has its time, and never when an update is due anyway. */
    private void tickUntilShown(LinkState.State state) {
        while (ticks % Server.TICKS_A_SECOND != 0) {
            tick();
        }
        int left = Server.TICKS_A_SECOND - 1;
        do {
            Await.time(PAUSE);
            tick();
            left--;
        } while (left > 0 && !states().equals(List.of(state.text())));
        assertThat(states()).containsExactly(state.text());
    }

    private void tick() {
        server.tick();
        ticks++;
    }

    private List<String> states() {
        try {
            return LinkStatuses.read(streams).stream().map(LinkStatus::state).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** They are not updated all at once, but none is left out. */
    @Test
    void eachOfManyIsShown() throws IOException {
        serve(MANY);
        for (int i = 0; i < Server.TICKS_A_SECOND; i++) {
            tick();
        }
        assertThat(states()).hasSize(MANY);
    }
}
