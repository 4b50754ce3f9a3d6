package org.shmimtcp.tmux;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The sessions of this machine with one transmitter: of a stream, to an address and port. */
public final class TransmitterSessions {
    private final String arguments;
    private final String mark;
    private final String name;
    private final MarkedSessions sessions;

    /**
     * @param name name of a session that is started
     */
    public TransmitterSessions(String stream, String host, int port, String name) {
        this.arguments = stream + " " + host + " " + port;
        this.mark = SessionMark.transmitter(stream, host, port);
        this.name = SessionName.accepted(name);
        this.sessions = new MarkedSessions(mark, this.name, this::isOurs);
    }

    /** Ends the transmitter. Returns the names of its sessions; none if it does not run. */
    public List<String> end() throws IOException {
        return sessions.end();
    }

    /**
     * Recognizes a session by its mark. Earlier versions set no mark, but the arguments end in the
     * same way.
     */
    private boolean isOurs(Tmux.Session session) {
        if (!session.mark().isEmpty()) {
            return session.mark().equals(mark);
        }
        return session.name().equals(name)
                && session.command().contains("--foreground")
                && session.command().replaceFirst("\"$", "").endsWith(" " + arguments);
    }

    /**
     * Starts the transmitter, in place of one that runs.
     *
     * @param environment as in {@link Tmux#start}
     * @param replaced called for each time that a transmitter was ended
     * @return name of the session; empty if another process keeps starting the same transmitter
     */
    public Optional<String> start(
            Map<String, Optional<String>> environment, List<String> command, Runnable replaced)
            throws IOException {
        return sessions.start(environment, command, replaced);
    }
}
