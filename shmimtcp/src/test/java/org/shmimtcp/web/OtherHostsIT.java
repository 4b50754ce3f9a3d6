package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.chrome.ChromeDriver;
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

/** The page of one host shows the links of another; both are addresses of this machine. */
@ExtendWith(ChildProcesses.class)
class OtherHostsIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Path dir;
    private final int webPort = Programs.freePort();

    OtherHostsIT(@ShmDir Path dir) {
        this.dir = dir;
    }

    private Programs host(int n) throws IOException {
        return new Programs(
                Files.createDirectories(dir.resolve("h" + n)),
                Map.of(
                        "MAGAOX_ROLE",
                        "H" + n,
                        "SHMIMTCP_CONFIG",
                        dir.resolve("site.toml").toString()));
    }

    /** On a busy machine the other host may be late for one request, and is missing then. */
    private void awaitOverview(String... texts) {
        String[] last = {""};
        Await.until(
                DEADLINE,
                () -> List.of(texts) + " in " + last[0],
                () -> {
                    try {
                        last[0] = Http.get(webPort, "/api/overview").body();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                    return Stream.of(texts).allMatch(last[0]::contains);
                });
        assertThat(last[0]).doesNotContain("\"role\":\"H1\"");
    }

    @Test
    void areShownAndMissed(@TempDir Path home) throws IOException {
        Files.writeString(
                dir.resolve("site.toml"),
                """
                replace = true
                [hosts.H1]
                address = "127.0.0.1"
                bind = "127.0.0.1"
                ssh = "h1"
                [hosts.H2]
                address = "127.0.0.2"
                bind = "127.0.0.2"
                ssh = "h2"
                [offer]
                port = %d
                streams = ["cam*"]
                [streams.camwfs]
                from = "H1"
                to = "H2"
                port = %d
                priority = 0
                """
                        .formatted(Programs.freePort(), Programs.freePort()));
        Programs first = host(1);
        ImageSpec spec = ImageSpec.of("camwfs", DataType.UINT16, Shape.of(8, 4));
        Image.create(new ImageDirectory(first.directory()), spec).close();
        first.start("shmim", "serve").awaitOutput("offering cam* of", DEADLINE);
        ChildProcess second = host(2).start("shmim", "serve");
        second.awaitOutput("offering cam* of", DEADLINE);
        first.start("shmim", "web", Integer.toString(webPort))
                .awaitOutput("http://localhost:" + webPort, DEADLINE);
        ChromeDriver browser = Chromium.open(home.resolve("profile"));
        try {
            browser.get("http://localhost:" + webPort + "/");
            Chromium.awaitText(browser, "#hosts", "camwfs");
            Chromium.awaitText(browser, "#hosts", "connected");
            Chromium.keepShot(browser, "other-hosts.png");
            awaitOverview("\"role\":\"H2\"", "\"id\":\"rx ");
            second.kill9();
            Chromium.awaitText(browser, "#alerts", "H2 does not answer");
            Chromium.awaitText(browser, "#hosts", "no answer");
        } finally {
            browser.quit();
        }
    }
}
