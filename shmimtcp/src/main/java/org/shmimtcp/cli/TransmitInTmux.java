package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.process.Launcher;
import org.shmimtcp.process.UserError;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.text.PlainText;
import org.shmimtcp.tmux.Announcement;
import org.shmimtcp.tmux.SessionName;
import org.shmimtcp.tmux.Tmux;
import org.shmimtcp.tmux.TransmitterSessions;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transport.Endpoint;

/** Starts and ends a stream's transmitter in a tmux session, and prints the result. */
final class TransmitInTmux {
    /**
     * Enough for the JVM to start on a busy machine. A transmitter that ends is noticed before
     * that.
     */
    private static final long ANNOUNCEMENT_TIMEOUT_S = 30;

    private final String stream;
    private final String host;
    private final int port;
    private final TransmitterSessions sessions;
    private final PrintWriter out;

    /**
     * @param name name of the session; null for {@code sTCPtx-<host>-<stream>}
     */
    TransmitInTmux(TransmitSettings settings, @Nullable String name, PrintWriter out) {
        this.stream = settings.get(TransmitSettings.STREAM);
        this.host = settings.get(TransmitSettings.HOST);
        this.port = settings.get(TransmitSettings.PORT);
        this.sessions =
                new TransmitterSessions(
                        stream,
                        host,
                        port,
                        name != null ? name : SessionName.transmitter(HostName.get(), stream));
        this.out = out;
    }

    /** Ends the transmitter. Prints a message if there is none. */
    boolean end() throws IOException {
        List<String> ended = Tmux.isInstalled() ? sessions.end() : List.of();
        ended.forEach(session ->
                out.println("ended the transmitter of " + stream + " (session " + session + ")"));
        if (ended.isEmpty()) {
            out.println(
                    "no transmitter of "
                            + stream
                            + " to "
                            + new Endpoint(host, port)
                            + " runs in a tmux session of yours");
        }
        return !ended.isEmpty();
    }

    /**
     * Starts a transmitter and waits for its announcement.
     *
     * @param arguments arguments of {@code shmimTCPtransmit}
     * @return exit code
     */
    int start(List<String> arguments) throws IOException {
        try (Announcement announcement = new Announcement()) {
            List<String> command = new ArrayList<>();
            command.add(Launcher.path("shmimTCPtransmit"));
            command.add("--foreground");
            command.add("--announce");
            command.add(announcement.file().toString());
            command.addAll(arguments);
            String session =
                    sessions.start(
                                    environment(),
                                    command,
                                    () ->
                                            out.println(
                                                    "replacing the transmitter of "
                                                            + stream
                                                            + " that ran"))
                            .orElseThrow(this::keepsStarting);
            String line =
                    announcement
                            .await(
                                    TimeUnit.SECONDS.toNanos(ANNOUNCEMENT_TIMEOUT_S),
                                    () -> Tmux.hasSession(session))
                            .orElse("silent");
            return report(line, session);
        }
    }

    private UserError keepsStarting() {
        return new UserError(
                "another shmimTCPtransmit keeps starting the same transmitter: "
                        + stream
                        + " to "
                        + new Endpoint(host, port));
    }

    private int report(String line, String session) {
        String[] word = PlainText.of(line).split(" ", 2);
        switch (word[0]) {
            case "connected" -> out.println(stream + ": connected to " + word[1]);
            case "waiting" ->
                    out.println(stream + ": waiting (" + word[1] + "); it keeps retrying");
            case "failed" -> throw new UserError(word[1]);
            default ->
                    throw new UserError(
                            Tmux.hasSession(session)
                                    ? "no response from the transmitter in tmux session "
                                            + session
                                            + " for "
                                            + ANNOUNCEMENT_TIMEOUT_S
                                            + " s; it still runs: tmux attach -t "
                                            + session
                                    : "the transmitter in tmux session "
                                            + session
                                            + " ended at once; run it here with --foreground to"
                                            + " see why");
        }
        out.println("  watch it:  tmux attach -t " + session + "   (leave with Ctrl-b d)");
        out.println("  end it:    shmimTCPtransmit -k " + stream + " " + host + " " + port);
        return 0;
    }

    /**
     * Returns the environment to pass, because a tmux server may have been started before this
     * terminal.
     */
    static Map<String, Optional<String>> environment() {
        Map<String, Optional<String>> environment = new LinkedHashMap<>();
        Environment.forwarded(Environment.Destination.TMUX)
                .forEach(n -> environment.put(n, Optional.ofNullable(System.getenv(n))));
        return environment;
    }
}
