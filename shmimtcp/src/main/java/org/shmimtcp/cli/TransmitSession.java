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
import org.shmimtcp.bridge.Announcement;
import org.shmimtcp.bridge.Tmux;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.process.Launcher;
import org.shmimtcp.process.UserError;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.text.PlainText;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transport.Endpoint;

/** The tmux session of a stream's transmitter, named as in the C scripts. */
final class TransmitSession {
    /**
     * Enough for the JVM to start on a busy machine. A transmitter that ends is noticed before
     * that.
     */
    private static final long ANNOUNCEMENT_TIMEOUT_S = 30;

    /** Attempts, because another process may start the same session at the same moment. */
    private static final int TRIES = 5;

    private final String stream;
    private final String host;
    private final int port;
    private final String mark;
    private final String wanted;
    private final PrintWriter out;

    /**
     * @param name name of the session; null for {@code sTCPtx-<host>-<stream>}
     */
    TransmitSession(TransmitSettings settings, @Nullable String name, PrintWriter out) {
        this.stream = settings.get(TransmitSettings.STREAM);
        this.host = settings.get(TransmitSettings.HOST);
        this.port = settings.get(TransmitSettings.PORT);
        this.mark = Tmux.transmitterMark(stream, host, port);
        this.wanted =
                Tmux.sessionName(name != null ? name : "sTCPtx-" + HostName.get() + "-" + stream);
        this.out = out;
    }

    /** Ends the transmitter. Prints a message if there is none. */
    boolean end() throws IOException {
        List<Tmux.Session> ended = Tmux.isInstalled() ? endOurs() : List.of();
        ended.forEach(session ->
                out.println(
                        "ended the transmitter of "
                                + stream
                                + " (session "
                                + session.name()
                                + ")"));
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

    private List<Tmux.Session> endOurs() throws IOException {
        List<Tmux.Session> ours = Tmux.sessions().stream().filter(this::isOurs).toList();
        for (Tmux.Session session : ours) {
            Tmux.end(session);
        }
        return ours;
    }

    /**
     * Recognizes a session by its mark. Earlier versions set no mark, but the arguments end in the
     * same way.
     */
    private boolean isOurs(Tmux.Session session) {
        if (!session.mark().isEmpty()) {
            return session.mark().equals(mark);
        }
        String arguments = " " + stream + " " + host + " " + port;
        return session.name().equals(wanted)
                && session.command().contains("--foreground")
                && session.command().replaceFirst("\"$", "").endsWith(arguments);
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
            for (int i = 0; i < TRIES; i++) {
                if (!endOurs().isEmpty()) {
                    out.println("replacing the transmitter of " + stream + " that ran");
                }
                Optional<String> session = Tmux.start(wanted, mark, environment(), command);
                if (session.isPresent()) {
                    String name = session.get();
                    return report(
                            announcement
                                    .await(
                                            TimeUnit.SECONDS.toNanos(ANNOUNCEMENT_TIMEOUT_S),
                                            () -> isThere(name))
                                    .orElse("silent"),
                            name);
                }
            }
        }
        throw new UserError(
                "another shmimTCPtransmit keeps starting the same transmitter: "
                        + stream
                        + " to "
                        + new Endpoint(host, port));
    }

    /** True if the session exists, or if tmux does not tell. */
    private static boolean isThere(String session) {
        try {
            return Tmux.sessions().stream().anyMatch(s -> s.name().equals(session));
        } catch (IOException busy) {
            return true;
        }
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
                            isThere(session)
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
    private static Map<String, Optional<String>> environment() {
        Map<String, Optional<String>> environment = new LinkedHashMap<>();
        Environment.forwarded(Environment.Destination.TMUX)
                .forEach(n -> environment.put(n, Optional.ofNullable(System.getenv(n))));
        return environment;
    }
}
