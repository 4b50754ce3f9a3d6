package org.shmimtcp.procinfo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The tmux session of this process, to which milk-procCTRL attaches. */
final class TmuxSession {
    private static final long PATIENCE_S = 5;

    private TmuxSession() {}

    /**
     * Determines the session on a thread of its own; does not call {@code hear} if there is none.
     */
    static void ofThisProcess(Consumer<String> hear) {
        String pane = System.getenv("TMUX_PANE");
        if (pane == null || System.getenv("TMUX") == null) {
            return;
        }
        Thread.ofPlatform()
                .daemon()
                .name("tmux-session")
                .start(() -> {
                    String session = ask(pane);
                    if (session != null) {
                        hear.accept(session);
                    }
                });
    }

    private static @Nullable String ask(String pane) {
        try {
            Process tmux =
                    new ProcessBuilder("tmux", "display-message", "-p", "-t", pane, "#S")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            tmux.getOutputStream().close();
            if (!tmux.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
                tmux.destroyForcibly();
                return null;
            }
            byte[] said = tmux.getInputStream().readAllBytes();
            return tmux.exitValue() == 0 ? new String(said, StandardCharsets.UTF_8).strip() : null;
        } catch (IOException none) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
