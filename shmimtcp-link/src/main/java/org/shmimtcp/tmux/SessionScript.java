package org.shmimtcp.tmux;

import java.util.Locale;

/** Shell scripts that start, examine and end tmux sessions on any machine with tmux. */
public final class SessionScript {
    /**
     * Prints a line for each pane: {@code pane}, whether its program has ended, the process, {@code
     * M} and the mark of its session, {@code L1} if it was created to run a link end (else {@code
     * L0}), and the session's name.
     */
    public static final String LIST_PANES =
            "tmux list-panes -a -F 'pane #{pane_dead} #{pane_pid} M#{"
                    + SessionMark.OPTION
                    + "} L#{m:*shmimTCP[rt]*,#{pane_start_command}} #{session_name}' 2>/dev/null";

    private SessionScript() {}

    /**
     * Starts a program in a new session. The session is wide enough that lines do not wrap, and
     * remains after the program ends, so that its last messages can be read.
     *
     * @param mark mark of the session; empty for none
     * @param command command line for the shell
     */
    public static String startAndKeep(String session, String mark, String command) {
        return "tmux new-session -d -x 200 -y 50 -s "
                + ShellWords.quote(session)
                + " "
                + command
                + " \\; set-window-option -t "
                + ShellWords.quote(session + ":")
                + " remain-on-exit on"
                + (mark.isEmpty()
                        ? ""
                        : " \\; set-option -t "
                                + ShellWords.quote("=" + session + ":")
                                + " "
                                + SessionMark.OPTION
                                + " "
                                + ShellWords.quote(mark));
    }

    /** Marks a session as created by a run. */
    public static String markRun(String session, String run) {
        return "tmux set-option -t "
                + ShellWords.quote("=" + session + ":")
                + " "
                + SessionMark.RUN_OPTION
                + " "
                + run;
    }

    /** Closes a session without waiting for its program, for people to paste. */
    public static String close(String session) {
        return "tmux kill-session -t " + ShellWords.quote("=" + session);
    }

    /** Ends the program of a session with SIGTERM, then the session. */
    public static String end(String session) {
        return end("#{session_name}", session);
    }

    /** Ends all sessions that one run created, and no others. */
    public static String undo(String run) {
        return end("#{" + SessionMark.RUN_OPTION + "}", run);
    }

    /**
     * Addresses sessions by tmux's id, because tmux may interpret a name as a pattern or a format.
     */
    private static String end(String format, String wanted) {
        return """
        ids() {
          tmux list-sessions -F '#{session_id} FORMAT' 2>/dev/null |
            while read -r id is; do if [ "$is" = WANTED ]; then echo "$id"; fi; done
        }
        for s in $(ids); do
          for p in $(tmux list-panes -s -t "$s" -F '#{pane_pid}' 2>/dev/null); do
            kill $p 2>/dev/null
            for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 $p 2>/dev/null && sleep 0.1; done
          done
          tmux kill-session -t "$s" 2>/dev/null
        done
        [ -z "$(ids)" ]
        """
                .replace("FORMAT", format)
                .replace("WANTED", ShellWords.quote(wanted));
    }

    /**
     * Exits with 0 once the program listens; with 3 and the program's output if it ends before
     * that.
     */
    public static String awaitListening(String session, int port) {
        return """
        for i in $(seq 100); do
          if [ "$(tmux list-panes -t SESSION -F '#{pane_dead}' 2>&1)" != 0 ]; then
            tmux capture-pane -p -J -t SESSION; exit 3
          fi
          if grep -q ':PORT [0-9A-F]*:0000 0A' /proc/net/tcp /proc/net/tcp6 2>/dev/null; then exit 0; fi
          sleep 0.1
        done
        tmux capture-pane -p -J -t SESSION; exit 3
        """
                .replace("SESSION", ShellWords.quote("=" + session + ":"))
                .replace("PORT", String.format(Locale.ROOT, "%04X", port));
    }
}
