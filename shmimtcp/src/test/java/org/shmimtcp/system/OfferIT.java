package org.shmimtcp.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
import org.shmimtcp.testing.SiteHosts;

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
        Files.writeString(
                config, SiteHosts.onLoopback(3) + "[offer]\nport = " + port + "\n" + offer);
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

    /**
     * Lists until every text is there: a healthy host of a busy machine may take longer to answer
     * than it is given.
     */
    private void awaitList(int exit, String... texts) {
        await("ls", exit, texts);
    }

    private void await(String command, int exit, String... texts) {
        Programs programs = new Programs(dir, Map.of("SHMIMTCP_CONFIG", config.toString()));
        Await.until(
                DEADLINE,
                List.of(texts) + " in the output of " + command,
                () -> {
                    ChildProcess ls = programs.start("shmim", command, "--all");
                    int code = ls.awaitExit(DEADLINE);
                    String all = (ls.output() + ls.errors()).replaceAll(" +", " ");
                    return code == exit && Stream.of(texts).allMatch(all::contains);
                });
    }

    @Test
    void eachHostIsShownOrNamed() throws IOException {
        write("streams = [\"cam*\"]\n");
        serve(1, "camwfs", "dm").awaitOutput("offering cam* of", DEADLINE);
        ChildProcess second = serve(2, "camwfs", "camtip").awaitOutput("offering", DEADLINE);
        awaitList(
                1,
                "3 streams on 2 of 3 hosts",
                "H1 camwfs 8x4 ui16 0 Hz never 0\n",
                "H2 camtip 8x4 ui16",
                "H2 camwfs 8x4 ui16",
                "H3 (H3) did not answer at 127.0.0.3:" + port);
        serve(3).awaitOutput("offering", DEADLINE);
        awaitList(0, "3 streams on 3 of 3 hosts");
        second.kill9();
        awaitList(1, "1 stream on 2 of 3 hosts", "H2 (H2) did not answer at 127.0.0.2:" + port);
    }

    @Test
    void linksOfAllHostsAreShown() throws IOException {
        write("streams = [\"cam*\"]\n");
        int linkPort = Programs.freePort();
        Files.writeString(
                config,
                """
                [streams.camwfs]
                from = "H1"
                to = "H2"
                port = %d
                priority = 0
                """
                        .formatted(linkPort),
                StandardOpenOption.APPEND);
        serve(1, "camwfs").awaitOutput("offering cam* of", DEADLINE);
        serve(3, "camwfs").awaitOutput("offering cam* of", DEADLINE);
        await("status", 1, "H2 (H2) did not answer", "camwfs tx on H1 127.0.0.2:" + linkPort);
        serve(2).awaitOutput("offering cam* of", DEADLINE);
        await(
                "status",
                0,
                "2 link ends on 3 of 3 hosts",
                "camwfs tx on H1 127.0.0.2:" + linkPort + " connected",
                "camwfs rx on H2 127.0.0.1:");
    }

    @Test
    void theOfferFollowsTheFile() throws IOException {
        write("streams = [\"cam*\"]\n");
        ChildProcess first = serve(1, "camwfs", "dm").awaitOutput("offering cam* of", DEADLINE);
        write("streams = [\"dm\"]\n");
        first.awaitOutput("offering dm of", DEADLINE);
        awaitList(1, "1 stream on 1 of 3 hosts", "H1 dm 8x4");
    }
}
