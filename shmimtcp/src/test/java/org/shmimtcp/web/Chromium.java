package org.shmimtcp.web;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.Project;

/** Debian's Chromium, headless. */
final class Chromium {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Duration DEADLINE = Duration.ofSeconds(40);
    private static final Path SHOTS = Project.ROOT.resolve("target/screenshots");

    private Chromium() {}

    static ChromeDriver open(Path home) {
        assumeTrue(
                Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER),
                "there is no chromium, or no chromedriver, here (Debian: chromium-driver)");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(CHROMIUM.toFile());
        options.addArguments(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--window-size=1600,1250",
                "--user-data-dir=" + home);
        System.setProperty("webdriver.chrome.driver", DRIVER.toString());
        return new ChromeDriver(options);
    }

    static String text(ChromeDriver browser, String selector) {
        try {
            return browser.findElements(By.cssSelector(selector)).stream()
                    .map(element -> element.getText())
                    .reduce("", (a, b) -> a + b + "\n");
        } catch (StaleElementReferenceException changing) {
            return "";
        }
    }

    static void awaitText(ChromeDriver browser, String selector, String wanted) {
        try {
            Await.until(
                    DEADLINE,
                    "'" + wanted + "' in " + selector,
                    () -> text(browser, selector).contains(wanted));
        } catch (AssertionError e) {
            throw new AssertionError("the page shows:\n" + text(browser, "body"), e);
        }
    }

    static void keepShot(ChromeDriver browser, String name) throws IOException {
        Files.createDirectories(SHOTS);
        Files.write(SHOTS.resolve(name), browser.getScreenshotAs(OutputType.BYTES));
    }
}
