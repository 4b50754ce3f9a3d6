package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** Three hosts, which are addresses of this machine, and what they offer each other. */
@ExtendWith(ChildProcesses.class)
class OfferIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final int port = Programs.freePort();
    private final Path dir;
    private final Path config;

    OfferIT(@ShmDir Path dir) {
        this.dir = dir;
        this.config = dir.resolve("site.toml");
    }

    private void write(String offer) throws IOException {
        StringBuilder text = new StringBuilder("replace = true\n");
        for (int n = 1; n <= 3; n++) {
            text.append(
                    """
                    [hosts.H%1$d]
                    address = "127.0.0.%1$d"
                    ssh = "h%1$d"
                    bind = "127.0.0.%1$d"
                    """
                            .formatted(n));
        }
        Files.writeString(config, text + "[offer]\nport = " + port + "\n" + offer);
    }

    private ChildProcess serve(int host, String... streams) throws IOException {
        Path streamsDir = Files.createDirectories(dir.resolve("h" + host));
        for (String stream : streams) {
            Image.create(
                            new ImageDirectory(streamsDir),
                            ImageSpec.of(stream, DataType.UINT16, Shape.of(8, 4)))
                    .close();
        }
        return new Programs(
                        streamsDir,
                        Map.of("MAGAOX_ROLE", "H" + host, "SHMIMTCP_CONFIG", config.toString()))
                .start("shmim", "serve");
    }

    private ChildProcess ls(int exit) {
        ChildProcess ls =
                new Programs(dir, Map.of("SHMIMTCP_CONFIG", config.toString()))
                        .start("shmim", "ls", "--all");
        assertThat(ls.awaitExit(DEADLINE)).as(ls.report()).isEqualTo(exit);
        return ls;
    }

    @Test
    void eachHostIsShownOrNamed() throws IOException {
        write("streams = [\"cam*\"]\n");
        serve(1, "camwfs", "dm").awaitOutput("offering cam* of", DEADLINE);
        ChildProcess second = serve(2, "camwfs", "camtip").awaitOutput("offering", DEADLINE);
        assertThat(ls(1).report())
                .contains("3 streams on 2 of 3 hosts")
                .containsPattern("H1 +camwfs +8x4 +ui16 +0 Hz +never +0\n")
                .containsPattern("H2 +camtip +8x4")
                .contains("H3 (H3) did not answer at 127.0.0.3:" + port)
                .doesNotContain("dm");
        serve(3).awaitOutput("offering", DEADLINE);
        assertThat(ls(0).output()).contains("3 streams on 3 of 3 hosts");
        second.kill9();
        assertThat(ls(1).report())
                .contains(
                        "1 stream on 2 of 3 hosts", "H2 (H2) did not answer at 127.0.0.2:" + port);
    }

    @Test
    void theOfferFollowsTheFile() throws IOException {
        write("streams = [\"cam*\"]\n");
        ChildProcess first = serve(1, "camwfs", "dm").awaitOutput("offering cam* of", DEADLINE);
        write("streams = [\"dm\"]\n");
        first.awaitOutput("offering dm of", DEADLINE);
        Await.until(
                DEADLINE,
                "the other stream in the list",
                () -> ls(1).report().contains("H1    dm"));
    }
}
