package org.shmimtcp.tmux;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** The sessions of this machine that run one link end, of which there must be one at most. */
public final class MarkedSessions {
    /** Attempts, because another process may start the same session at the same moment. */
    private static final int TRIES = 5;

    private final String mark;
    private final String name;
    private final Predicate<Tmux.Session> ours;

    /**
     * @param mark recognizes the sessions
     * @param name name of a session that is started
     */
    public MarkedSessions(String mark, String name) {
        this(mark, name, session -> session.mark().equals(mark));
    }

    MarkedSessions(String mark, String name, Predicate<Tmux.Session> ours) {
        this.mark = mark;
        this.name = name;
        this.ours = ours;
    }

    /** True if it runs. */
    public boolean isRunning() throws IOException {
        return Tmux.sessions().stream().anyMatch(ours);
    }

    /** Ends it. Returns the names of its sessions; none if it does not run. */
    public List<String> end() throws IOException {
        List<Tmux.Session> all = Tmux.sessions().stream().filter(ours).toList();
        for (Tmux.Session session : all) {
            Tmux.end(session);
        }
        return all.stream().map(Tmux.Session::name).toList();
    }

    /**
     * Starts it, in place of one that runs.
     *
     * @param environment as in {@link Tmux#start}
     * @param replaced called for each time that one was ended
     * @return name of the session; empty if another process keeps starting the same
     */
    public Optional<String> start(
            Map<String, Optional<String>> environment, List<String> command, Runnable replaced)
            throws IOException {
        Optional<String> started = Optional.empty();
        for (int i = 0; i < TRIES && started.isEmpty(); i++) {
            if (!end().isEmpty()) {
                replaced.run();
            }
            started = Tmux.start(name, mark, environment, command);
        }
        return started;
    }
}
