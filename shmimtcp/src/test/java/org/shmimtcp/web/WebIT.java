package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.chrome.ChromeDriver;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.text.PlainText;

/** The page as an operator sees it, in Debian's Chromium, with real links. */
@ExtendWith(ChildProcesses.class)
class WebIT {
    private static final Duration DEADLINE = Duration.ofSeconds(40);
    private final Path dir;
    private final Programs programs;

    WebIT(@ShmDir Path dir) {
        this.dir = dir;
        this.programs = new Programs(dir);
    }

    private ChildProcess web(int port) {
        return programs.start("shmim", "web", Integer.toString(port))
                .awaitOutput("http://localhost:" + port, DEADLINE);
    }

    private ChildProcess source(String name, String size) {
        ChildProcess source =
                programs.start(
                        "shmim",
                        "write",
                        name,
                        "--create",
                        size,
                        "--pattern",
                        "turbulence",
                        "--rate",
                        "100",
                        "--seconds",
                        "300");
        Await.until(DEADLINE, "stream " + name, () -> new ImageDirectory(dir).has(name));
        return source;
    }

    /** Returns a checksum of the canvas, which changes with the picture. */
    private static Object dots(ChromeDriver browser) {
        Object sum =
                ((JavascriptExecutor) browser)
                        .executeScript(
                                "const c=document.getElementById('picture');"
                                        + "const d=c.getContext('2d').getImageData(0,0,c.width,c.height).data;"
                                        + "let s=0;for(let i=0;i<d.length;i+=4)s=(s*31+d[i]+d[i+1]*3)|0;return s;");
        return sum == null ? "none" : sum;
    }

    /**
     * The page has its own rule for replacing characters, which must agree with {@link PlainText}.
     */
    private static void assertReplacesForeignTextAsTerminalsDo(ChromeDriver browser) {
        String replaced =
                String.valueOf(
                        browser.executeScript(
                                "let s = '';"
                                        + "for (let c = 0; c < 0x110000; c++)"
                                        + "  s += plain(String.fromCodePoint(c)) === '?' ? 1 : 0;"
                                        + "return s;"));
        assertThat(replaced).hasSize(Character.MAX_CODE_POINT + 1);
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (Character.isDefined(c)) { // the browser's Unicode may be older or newer
                String here = PlainText.of(Character.toString(c)).equals("?") ? "1" : "0";
                assertThat(replaced.substring(c, c + 1)).as("U+%04X", c).isEqualTo(here);
            }
        }
    }

    @Test
    void showsAMovingFrameAndALinkThatGoesAndComesBack(@TempDir Path home) throws IOException {
        int port = Programs.freePort();
        int linkPort = Programs.freePort();
        web(port);
        source("dm01disp", "50x50");
        source("camera", "120x80");
        ChromeDriver browser = Chromium.open(home.resolve("profile"));
        try {
            browser.get("http://localhost:" + port + "/");
            Chromium.awaitText(browser, "#streams", "50x50");
            Chromium.awaitText(browser, "#no-links", "No transmitter or receiver");
            assertReplacesForeignTextAsTerminalsDo(browser);

            ChildProcess receiver = programs.receive(linkPort, "-p", "0", "--name", "copy");
            programs.transmit("dm01disp", linkPort, "-p", "0");
            Chromium.awaitText(browser, "#links", "connected");
            Await.until(
                    DEADLINE,
                    "both ends connected, and the copy",
                    () ->
                            Chromium.text(browser, "#links tbody").split("connected", -1).length
                                            == 3
                                    && Chromium.text(browser, "#streams").contains("copy"));

            Chromium.awaitText(browser, "#streams", "shmim write(");
            Chromium.awaitText(browser, "#streams", "shmimTCPtransmit(");
            browser.findElement(By.xpath("//table[@id='links']//button[.='copy']")).click();
            Await.until(
                    DEADLINE,
                    "the plot of the ages",
                    () -> !browser.findElements(By.cssSelector("#age-plot canvas")).isEmpty());
            browser.findElement(By.xpath("//table[@id='streams']//button[.='copy']")).click();
            Chromium.awaitText(browser, "#viewer-state", "50×50 f32");
            Chromium.awaitText(browser, "#numbers", "rms");
            Object first = dots(browser);
            Await.until(DEADLINE, "another picture", () -> !first.equals(dots(browser)));

            // By keyboard alone: cross-hair, pixel value, zoom, stretch.
            var picture = browser.findElement(By.id("picture"));
            picture.sendKeys(Keys.ARROW_RIGHT, Keys.ARROW_UP);
            Chromium.awaitText(browser, "#pixel", "pixel 26, 26 = ");
            picture.sendKeys("+");
            Await.until(
                    DEADLINE,
                    "a zoomed picture",
                    () ->
                            Boolean.TRUE.equals(
                                    browser.executeScript("return viewer.frame.width === 25")));
            picture.sendKeys("0", "s");
            assertThat(browser.findElement(By.id("stretch")).getAttribute("value"))
                    .isEqualTo("log");
            picture.sendKeys("s", "s");
            Await.time(Duration.ofSeconds(2));
            Chromium.keepShot(browser, "connected.png");
            browser.findElement(By.id("theme")).click();
            Await.time(Duration.ofMillis(1200));
            Chromium.keepShot(browser, "connected-light.png");
            browser.findElement(By.id("theme")).click();

            receiver.kill9();
            Chromium.awaitText(
                    browser, "#alerts .critical", "dm01disp to 127.0.0.1:" + linkPort + " is down");
            Chromium.awaitText(
                    browser, "#alerts .critical", "copy on port " + linkPort + " has ended");
            Chromium.keepShot(browser, "cut.png");

            programs.receive(linkPort, "-p", "0", "--name", "copy");
            Await.until(
                    DEADLINE,
                    "no alert of a link",
                    () -> browser.findElements(By.cssSelector("#alerts .critical")).isEmpty());
            Chromium.awaitText(browser, "#links", "connected");
            List<String> severe = new ArrayList<>();
            browser.manage().logs().get("browser").getAll().stream()
                    .filter(entry -> entry.getLevel().intValue() >= 1000)
                    .forEach(entry -> severe.add(entry.getMessage()));
            assertThat(severe).as("errors in the browser's console").isEmpty();
        } finally {
            browser.quit();
        }
    }

    /**
     * Browsers that send requests and never read the answers: the link beside them keeps running,
     * and other browsers are served.
     */
    @Test
    void deadBrowsersHoldUpNobody() throws IOException {
        int port = Programs.freePort();
        source("camera", "512x512");
        web(port);
        List<Socket> dead = new ArrayList<>();
        try {
            for (int i = 0; i < 30; i++) {
                Socket socket = new Socket();
                socket.setReceiveBufferSize(4096);
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                String path = i % 2 == 0 ? "/api/events" : "/api/frame?name=camera";
                String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                dead.add(socket);
            }
            try (Image image = Image.open(new ImageDirectory(dir), "camera")) {
                long before = image.cnt0();
                for (int i = 0; i < 5; i++) {
                    assertThat(Http.get(port, "/api/frame?name=camera").statusCode())
                            .isEqualTo(200);
                }
                Await.until(DEADLINE, "further frames", () -> image.cnt0() > before + 100);
            }
            // On a busy machine the first answers may take all of the monitor's time.
            Await.until(DEADLINE, "health", () -> isWell(port));
        } finally {
            for (Socket socket : dead) {
                socket.close();
            }
        }
    }

    private static boolean isWell(int port) {
        try {
            return Http.get(port, "/health").body().contains("ok");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
