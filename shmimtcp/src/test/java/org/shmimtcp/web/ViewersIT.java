package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.ZmtpPeer;

/** A publisher with two clients, one of them a subscription, wherever links are shown. */
@ExtendWith(ChildProcesses.class)
class ViewersIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Path dir;
    private final Programs programs;
    private final int port = Programs.freePort();
    private final int webPort = Programs.freePort();

    ViewersIT(@ShmDir Path dir) {
        this.dir = dir;
        this.programs = new Programs(dir);
    }

    private String status(String... arguments) {
        ChildProcess status = programs.start("shmim", arguments);
        status.awaitExit(DEADLINE);
        return status.output();
    }

    private String get(String path) {
        try {
            return Http.get(webPort, path).body();
        } catch (IOException notYet) {
            return "";
        }
    }

    /** Who answers no pings is disconnected, while a browser starts on a busy machine. */
    private static void keepLooking(ZmtpPeer viewer) {
        try {
            while (true) {
                viewer.ask("cam");
                viewer.receive();
            }
        } catch (UncheckedIOException closed) {
            return;
        }
    }

    @Test
    void areShownInStatusPageAndMetrics(@TempDir Path home) throws IOException {
        programs.start(
                "shmim", "write", "cam", "--create", "32x32", "--rate", "100", "--seconds", "300");
        Await.until(DEADLINE, "stream cam", () -> new ImageDirectory(dir).has("cam"));
        programs.start("shmim", "publish", "-p", "" + port, "cam", "dm*")
                .awaitOutput("on port " + port, DEADLINE);
        ChildProcess subscriber =
                programs.start("shmim", "subscribe", "-p", "" + port, "127.0.0.1", "cam/copy");
        programs.start("shmim", "web", Integer.toString(webPort))
                .awaitOutput("http://localhost:" + webPort, DEADLINE);
        String server = "127.0.0.1:" + port;
        try (ZmtpPeer viewer = ZmtpPeer.client(port)) {
            viewer.ask("cam");
            viewer.receive();
            Thread.ofVirtual().start(() -> keepLooking(viewer));

            String views = "\"views\":[{\"client\":\"127.0.0.1:";
            Await.until(
                    DEADLINE,
                    "a publisher with two clients, and a subscription, in the overview",
                    () -> {
                        String overview = get("/api/overview");
                        return overview.contains("\"clients\":2,")
                                && overview.contains(views)
                                && overview.contains("\"client\":\"" + viewer.address() + "\"")
                                && overview.contains("\"id\":\"pub " + port + "\"")
                                && overview.contains("\"id\":\"sub copy " + server + "\"");
                    });
            assertThat(get("/api/overview")).contains("\"alerts\":[]");
            Await.until(
                    DEADLINE,
                    "both in the metrics",
                    () -> {
                        String metrics = get("/metrics");
                        String link = "\",port=\"" + port + "\",stream=\"";
                        return metrics.contains(
                                        "shmimtcp_publisher_clients{end=\"pub\",peer=\""
                                                + link
                                                + "cam, dm*\"} 2")
                                && metrics.contains(
                                        "shmimtcp_link_up{end=\"sub\",peer=\""
                                                + server
                                                + link
                                                + "copy\"} 1")
                                && metrics.contains(
                                        "shmimtcp_publisher_client_frames_per_second"
                                                + "{client=\"127.0.0.1"
                                                + link
                                                + "cam\"} ");
                    });
            assertThat(Http.get(webPort, "/health?links").statusCode()).isEqualTo(200);

            assertThat(status("status"))
                    .containsPattern("cam, dm\\* +pub +port " + port + ": 2 clients +publishing ")
                    .containsPattern("\n  cam +client +127\\.0\\.0\\.1:\\d+ ")
                    .containsPattern("\ncopy +sub +" + server + " +connected ");
            assertThat(status("status", "--json", "copy"))
                    .contains("\"kind\" : \"sub\"")
                    .doesNotContain("\"pub\"");

            ChromeDriver browser = Chromium.open(home.resolve("profile"));
            try {
                browser.get("http://localhost:" + webPort + "/");
                Chromium.awaitText(browser, "#links", "2 clients of port " + port);
                Chromium.awaitText(browser, "#links", "publishing");
                browser.findElement(By.xpath("//table[@id='links']//button[.='cam, dm*']")).click();
                Chromium.awaitText(browser, "#views", viewer.address());
                Chromium.keepShot(browser, "viewers.png");
            } finally {
                browser.quit();
            }
        }
        assertThat(
                        programs.start("shmim", "restart", "--end", "sub", "copy")
                                .awaitSuccess(DEADLINE))
                .isEqualTo("copy sub: restarted\n");
        Await.until(
                DEADLINE,
                "one client after the other has left",
                () -> status("status").contains(": 1 client "));
        subscriber.kill9();
        Await.until(
                DEADLINE,
                "an alert of the subscription's end",
                () -> get("/api/overview").contains("copy from " + server + " has ended"));
    }
}
