package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.process.Launcher;
import org.shmimtcp.process.UserError;
import org.shmimtcp.text.PlainText;
import org.shmimtcp.tmux.Announcement;
import org.shmimtcp.tmux.MarkedSessions;
import org.shmimtcp.tmux.SessionMark;
import org.shmimtcp.tmux.SessionName;
import org.shmimtcp.tmux.Tmux;

/** Starts and ends {@code shmim want} in a tmux session, and prints the result. */
final class WantInTmux {
    /**
     * Enough for the JVM to start on a busy machine. A program that ends is noticed before that.
     */
    private static final long ANNOUNCEMENT_TIMEOUT_S = 30;

    private final String copy;
    private final MarkedSessions sessions;
    private final PrintWriter out;

    WantInTmux(String copy, Context context, PrintWriter out) {
        this.copy = copy;
        this.sessions =
                new MarkedSessions(
                        SessionMark.want(copy, context.directory().path().toAbsolutePath()),
                        SessionName.want(HostName.get(), copy));
        this.out = out;
    }

    /** True if it runs. */
    boolean isRunning() throws IOException {
        return sessions.isRunning();
    }

    /** Ends it. Returns false if it does not run. */
    boolean end() throws IOException {
        List<String> ended = Tmux.isInstalled() ? sessions.end() : List.of();
        ended.forEach(session ->
                out.println(copy + " is no longer kept in step (session " + session + " ended)"));
        return !ended.isEmpty();
    }

    /**
     * Starts it and waits for its announcement.
     *
     * @param arguments arguments of {@code shmim want}
     * @return exit code
     */
    int start(List<String> arguments) throws IOException {
        try (Announcement announcement = new Announcement()) {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    Launcher.path("shmim"),
                                    "want",
                                    "--foreground",
                                    "--announce",
                                    announcement.file().toString()));
            command.addAll(arguments);
            String session =
                    sessions.start(
                                    TransmitInTmux.environment(),
                                    command,
                                    () -> out.println("replacing the one that kept " + copy))
                            .orElseThrow(() ->
                                    new UserError(
                                            "another 'shmim want' keeps starting the same: "
                                                    + copy));
            String line =
                    announcement
                            .await(
                                    TimeUnit.SECONDS.toNanos(ANNOUNCEMENT_TIMEOUT_S),
                                    () -> Tmux.hasSession(session))
                            .orElse("silent");
            return report(line, session);
        }
    }

    private int report(String line, String session) {
        String[] word = PlainText.of(line).split(" ", 2);
        switch (word[0]) {
            case "connected" -> out.println(copy + ": connected to " + word[1]);
            case "waiting" -> out.println(copy + ": waiting (" + word[1] + "); it keeps retrying");
            default ->
                    throw new UserError(
                            Tmux.hasSession(session)
                                    ? "no response from tmux session "
                                            + session
                                            + " for "
                                            + ANNOUNCEMENT_TIMEOUT_S
                                            + " s; it still runs: tmux attach -t "
                                            + session
                                    : "tmux session "
                                            + session
                                            + " ended at once; run 'shmim want' with --foreground"
                                            + " to see why");
        }
        out.println("  watch it:  tmux attach -t " + session + "   (leave with Ctrl-b d)");
        out.println("  end it:    shmim unwant " + copy);
        return 0;
    }
}
