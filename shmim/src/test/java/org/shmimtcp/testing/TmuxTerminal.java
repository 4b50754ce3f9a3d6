package org.shmimtcp.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A terminal of 120 × 40 characters, in a tmux server of its own. */
public final class TmuxTerminal implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private final Map<String, String> environment;
    private final String socket;

    /**
     * Runs a shell command in a new terminal; skips the calling test if there is no tmux.
     *
     * @param directory the directory for tmux's socket
     */
    public TmuxTerminal(Path directory, Map<String, String> environment, String shell) {
        boolean there =
                Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":", -1))
                        .anyMatch(dir -> Path.of(dir, "tmux").toFile().canExecute());
        assumeTrue(there, "there is no tmux here");
        this.environment = environment;
        this.socket = directory.resolve("tmux").toString();
        // -u: programs in the terminal may write UTF-8 regardless of this process's locale.
        tmux("-u", "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", shell);
    }

    /** Runs a tmux command; returns its output. */
    public String tmux(String... arguments) {
        List<String> command = new ArrayList<>(List.of("tmux", "-S", socket));
        command.addAll(List.of(arguments));
        return ChildProcess.start(environment, command).awaitSuccess(DEADLINE);
    }

    /** Types text, then named keys. */
    public void type(String text, String... keys) {
        if (!text.isEmpty()) {
            tmux("send-keys", "-l", text);
        }
        for (String key : keys) {
            tmux("send-keys", key);
        }
    }

    /** Returns the text on the screen. */
    public String screen() {
        return tmux("capture-pane", "-p");
    }

    /** Returns the text on the screen with its colour escapes. */
    public String coloredScreen() {
        return tmux("capture-pane", "-e", "-p");
    }

    public void awaitText(String text) {
        awaitText(text, 1);
    }

    public void awaitText(String text, int times) {
        String what = times + " times '" + text + "' on the screen";
        try {
            Await.until(DEADLINE, what, () -> count(screen(), text) >= times);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ", which shows:\n" + screen(), e);
        }
    }

    private static int count(String screen, String text) {
        return screen.split(Pattern.quote(text), -1).length - 1;
    }

    @Override
    public void close() {
        tmux("kill-server");
    }
}
