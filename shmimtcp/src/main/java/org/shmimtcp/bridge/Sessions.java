package org.shmimtcp.bridge;

import java.util.Locale;

/** Shell scripts that handle tmux sessions on any machine with tmux. */
final class Sessions {
    private Sessions() {}

    /** Ends the program of a session with SIGTERM, then the session. */
    static String endScript(String session) {
        return endScript("#{session_name}", session);
    }

    /** Ends all sessions that one run created, and no others. */
    static String undoScript(String run) {
        return endScript("#{" + Tmux.RUN + "}", run);
    }

    /**
     * Addresses sessions by tmux's id, because tmux may interpret a name as a pattern or a format.
     */
    private static String endScript(String format, String wanted) {
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
                .replace("WANTED", Shell.quote(wanted));
    }

    /**
     * Exits with 0 once the program listens; with 3 and the program's output if it ends before
     * that.
     */
    static String awaitScript(String session, int port) {
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
                .replace("SESSION", Shell.quote("=" + session + ":"))
                .replace("PORT", String.format(Locale.ROOT, "%04X", port));
    }
}
