package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.shmimtcp.bridge.Announcement;
import org.shmimtcp.bridge.Tmux;

/** The tmux session that a stream's transmitter lives in, named as the C scripts name it. */
final class TransmitSession {
    private static final long ANNOUNCEMENT_TIMEOUT_NS = 10_000_000_000L;

    /** A tmux server may be older than the terminal that this was typed in. */
    private static final List<String> VARIABLES =
            List.of(
                    "PATH",
                    "JAVA_HOME",
                    "LANG",
                    "LC_ALL",
                    "LC_CTYPE",
                    "MILK_SHM_DIR",
                    "MILK_PROC_DIR",
                    "SHMIMTCP_CPUSET",
                    "SHMIMTCP_JAVA_OPTS",
                    "SHMIMTCP_DEBUG");

    private final String stream;
    private final String session;
    private final PrintWriter out;

    TransmitSession(String stream, PrintWriter out) {
        this.stream = stream;
        this.session = Tmux.sessionName("sTCPtx-" + hostName() + "-" + stream);
        this.out = out;
    }

    /** Ends the transmitter; says so if there is none. */
    boolean end() throws IOException {
        boolean was = Tmux.isInstalled() && Tmux.end(session);
        out.println(
                was
                        ? "ended the transmitter of " + stream + " (session " + session + ")"
                        : "no transmitter of "
                                + stream
                                + " runs (no tmux session "
                                + session
                                + ")");
        return was;
    }

    /**
     * Starts a transmitter and waits for its first word.
     *
     * @param arguments of {@code shmimTCPtransmit}
     * @return exit code
     */
    int start(List<String> arguments) throws IOException {
        if (Tmux.end(session)) {
            out.println("replacing the transmitter of " + stream + " that ran");
        }
        try (Announcement announcement = new Announcement()) {
            List<String> command = new ArrayList<>();
            command.add(Launcher.path("shmimTCPtransmit"));
            command.add("--foreground");
            command.add("--announce");
            command.add(announcement.file().toString());
            command.addAll(arguments);
            Tmux.start(session, environment(), command);
            return report(announcement.await(ANNOUNCEMENT_TIMEOUT_NS).orElse("silent"));
        }
    }

    private int report(String line) {
        String[] word = line.split(" ", 2);
        switch (word[0]) {
            case "connected" -> out.println(stream + ": connected to " + word[1]);
            case "waiting" ->
                    out.println(stream + ": waiting (" + word[1] + "); it goes on trying");
            case "failed" -> throw new UserError(word[1]);
            default ->
                    throw new UserError(
                            "no sign of life from the transmitter in tmux session "
                                    + session
                                    + "; run it here with --foreground to see why");
        }
        out.println("  watch it:  tmux attach -t " + session + "   (leave with Ctrl-b d)");
        out.println("  end it:    shmimTCPtransmit -k " + stream + " IP PORT");
        return 0;
    }

    private static Map<String, Optional<String>> environment() {
        Map<String, Optional<String>> environment = new LinkedHashMap<>();
        VARIABLES.forEach(n -> environment.put(n, Optional.ofNullable(System.getenv(n))));
        return environment;
    }

    private static String hostName() {
        try {
            String name = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            return name.split("\\.", 2)[0];
        } catch (IOException e) {
            throw new UserError("this machine has no name: " + e.getMessage(), e);
        }
    }
}
