package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** Accessibility of the page: keyboard operation, contrast, screen readers. */
@ExtendWith(ChildProcesses.class)
class AccessIT {
    private static final Duration DEADLINE = Duration.ofSeconds(40);

    /**
     * A script that returns text whose contrast with its background is below WCAG 2.2, 1.4.3 (AA):
     * 4.5, or 3 for large text; and edges of inputs and buttons below 1.4.11: 3.
     */
    private static final String FAINT =
            """
            const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m.length > 3 ? m[3] : 1}; };
            const part = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
            const light = c => 0.2126 * part(c.r) + 0.7152 * part(c.g) + 0.0722 * part(c.b);
            const ratio = (a, b) => { const x = light(a), y = light(b); return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05); };
            const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a === 1) return c; if (c.a > 0) throw new Error('half transparent: ' + e.outerHTML); } return {r: 255, g: 255, b: 255}; };
            const faint = [], seen = {text: 0, edges: 0};
            const check = (what, e, colour, least) => { const k = ratio(parse(colour), behind(e)); if (k < least) faint.push(`${what} ${e.tagName}#${e.id}.${e.className} '${e.textContent.trim().slice(0, 30)}': ${k.toFixed(2)}`); };
            for (const e of document.body.querySelectorAll('*')) {
              if (!e.checkVisibility() || e.closest('canvas, noscript, option')) continue;
              const style = getComputedStyle(e), px = parseFloat(style.fontSize);
              if ([...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) {
                seen.text++;
                check('text', e, style.color, px >= 24 || px >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5);
              }
              if (e.placeholder) { seen.text++; check('placeholder', e, getComputedStyle(e, '::placeholder').color, 4.5); }
              if (['BUTTON', 'INPUT', 'SELECT'].includes(e.tagName) && style.borderStyle !== 'none' && e.type !== 'range') {
                seen.edges++;
                check('edge', e.parentElement, style.borderColor, 3);
              }
            }
            if (seen.text < 60 || seen.edges < 10) faint.push('little was looked at: ' + JSON.stringify(seen));
            return faint;
            """;

    private final ImageDirectory directory;
    private final Programs programs;
    private final int port = Programs.freePort();

    AccessIT(@ShmDir Path dir) {
        this.directory = new ImageDirectory(dir);
        this.programs = new Programs(dir);
    }

    private ChromeDriver page(Path home) {
        try (Image camera =
                        Image.create(
                                directory,
                                ImageSpec.of("camera", DataType.UINT16, Shape.of(40, 30)));
                Image cube =
                        Image.create(
                                directory,
                                ImageSpec.of("cube", DataType.FLOAT, Shape.of(8, 8, 4)))) {
            publishZeros(camera);
            publishZeros(cube);
            cube.keywords().put("GAIN", 0.5, "of the loop");
        }
        programs.start("shmim", "web", Integer.toString(port))
                .awaitOutput("http://localhost:" + port, DEADLINE);
        ChromeDriver browser = Chromium.open(home.resolve("profile"));
        browser.get("http://localhost:" + port + "/");
        Chromium.awaitText(browser, "#streams", "cube");
        return browser;
    }

    private static void publishZeros(Image image) {
        FrameWriter writer = image.newWriter();
        writer.begin();
        writer.zero();
        writer.commit(0);
    }

    @Test
    void textAndControlsStandOutInBothThemes(@TempDir Path home) throws IOException {
        ChromeDriver browser = page(home);
        try {
            // A critical alert and a warning, in red and yellow.
            int linkPort = Programs.freePort();
            programs.transmit("camera", Programs.freePort(), "-p", "0");
            programs.receive(linkPort, "-p", "0", "--name", "copy");
            programs.transmit("cube", linkPort, "-p", "0");
            Chromium.awaitText(browser, "#alerts .critical", "is down");
            Chromium.awaitText(browser, "#links", "connected");
            browser.executeScript(
                    "showAlerts([...overview.alerts, {level: 'warning', text: 'a warning'}]);"
                            + "showAlerts = () => {};");
            browser.findElement(By.cssSelector("#links button.open")).click();
            Await.until(
                    DEADLINE,
                    "plots",
                    () -> !browser.findElements(By.cssSelector("#age-plot canvas")).isEmpty());
            browser.get("http://localhost:" + port + "/#cube");
            Chromium.awaitText(browser, "#keywords", "of the loop");
            Chromium.awaitText(browser, "#numbers", "rms");
            for (int theme = 0; theme < 2; theme++) {
                Object light =
                        browser.executeScript(
                                "return document.documentElement.classList.contains('light')");
                assertThat((List<?>) browser.executeScript(FAINT))
                        .as("in the %s theme", Boolean.TRUE.equals(light) ? "light" : "dark")
                        .isEmpty();
                Chromium.keepShot(browser, "contrast-" + theme + ".png");
                browser.findElement(By.id("theme")).click();
            }
        } finally {
            browser.quit();
        }
    }

    private static WebElement focused(ChromeDriver browser) {
        return browser.switchTo().activeElement();
    }

    private static void press(ChromeDriver browser, CharSequence... keys) {
        focused(browser).sendKeys(keys);
    }

    /**
     * Presses Tab until the element with this text has the focus; checks that each element on the
     * way shows its focus.
     */
    private static void tabTo(ChromeDriver browser, String text) {
        for (int i = 0; i < 30; i++) {
            press(browser, Keys.TAB);
            assertThat(
                            browser.executeScript(
                                    "const s=getComputedStyle(document.activeElement);"
                                            + "return s.outlineStyle+' '+parseFloat(s.outlineWidth)"))
                    .as("outline of %s", focused(browser).getTagName())
                    .isEqualTo("solid 2");
            if (focused(browser).getText().equals(text)) {
                return;
            }
        }
        throw new AssertionError("no way to '" + text + "' by Tab");
    }

    private static void awaitTrue(ChromeDriver browser, String what, String script) {
        Await.until(
                DEADLINE,
                what,
                () -> Boolean.TRUE.equals(browser.executeScript("return " + script)));
    }

    @Test
    void everythingCanBeDoneByKeyboard(@TempDir Path home) {
        ChromeDriver browser = page(home);
        try {
            tabTo(browser, "light / dark");
            boolean light =
                    Boolean.TRUE.equals(
                            browser.executeScript(
                                    "return document.documentElement.classList.contains('light')"));
            press(browser, Keys.ENTER);
            awaitTrue(
                    browser,
                    "the other theme",
                    "document.documentElement.classList.contains('light') !== " + light);

            press(browser, "/");
            assertThat(focused(browser).getAttribute("id")).isEqualTo("filter");
            press(browser, "cu");
            awaitTrue(
                    browser,
                    "one stream",
                    "document.querySelectorAll('#streams tbody tr').length === 1");
            tabTo(browser, "cube");
            press(browser, Keys.ENTER);
            Chromium.awaitText(browser, "#viewer-state", "8×8×4 f32");
            assertThat(focused(browser).getAttribute("id")).isEqualTo("picture");

            press(browser, "]");
            Chromium.awaitText(browser, "#slice-value", "0");
            press(browser, "]", "]", "[");
            Chromium.awaitText(browser, "#slice-value", "1");
            press(browser, Keys.ARROW_RIGHT, Keys.ARROW_UP);
            Chromium.awaitText(browser, "#pixel", "pixel 5, 5 = 0");
            press(browser, "+");
            awaitTrue(browser, "a zoomed picture", "viewer.frame.width === 4");
            press(browser, "0");
            awaitTrue(browser, "all of it", "viewer.frame.width === 8");
            press(browser, "s", "c", "f", " ");
            awaitTrue(
                    browser,
                    "all that was pressed",
                    "$('stretch').value === 'log' && $('map').value === 'grey' && viewer.paused"
                            + " && viewer.cuts.low === 0");

            press(browser, Keys.ESCAPE);
            awaitTrue(browser, "no viewer", "$('viewer').hidden");
            assertThat(focused(browser).getText()).isEqualTo("cube");
        } finally {
            browser.quit();
        }
    }

    @Test
    void manyAlertsLeaveRoomForTheRest(@TempDir Path home) {
        ChromeDriver browser = page(home);
        try {
            // In one script, because the next poll, once a second, restores the real alerts.
            Object shown =
                    browser.executeScript(
                            "showAlerts(Array.from({length: 9}, (_, i) =>"
                                    + " ({level: 'critical', text: 'link ' + i})));"
                                    + "return $('alerts').innerText + ($('alerts').clientHeight"
                                    + " < innerHeight / 3 ? ' low' : ' high');");
            assertThat(shown)
                    .asString()
                    .contains("link 4", "and 4 more", " low")
                    .doesNotContain("link 5");
        } finally {
            browser.quit();
        }
    }

    @Test
    void theEndsOfTheColoursCanBeSet(@TempDir Path home) {
        ChromeDriver browser = page(home);
        try {
            browser.get("http://localhost:" + port + "/#camera");
            Chromium.awaitText(browser, "#numbers", "rms");
            WebElement low = browser.findElement(By.id("low"));
            low.sendKeys("-5", Keys.TAB);
            browser.findElement(By.id("high")).sendKeys("1e3", Keys.TAB);
            awaitTrue(browser, "both", "viewer.cuts.low === -5 && viewer.cuts.high === 1000");
            assertThat(browser.findElement(By.id("fix")).getAttribute("aria-pressed"))
                    .isEqualTo("true");
            low.clear();
            low.sendKeys("2000", Keys.TAB);
            awaitTrue(browser, "a complaint", "$('low').getAttribute('aria-invalid') === 'true'");
            browser.findElement(By.id("fix")).click();
            awaitTrue(
                    browser,
                    "the frame's own",
                    "viewer.cuts.low === null && $('low').value === ''");
        } finally {
            browser.quit();
        }
    }
}
