package org.shmimtcp.bridge;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.shmimtcp.site.Host;
import org.shmimtcp.tmux.ShellWords;

/**
 * Another machine, reached by the system's ssh with the user's own configuration and keys. ssh
 * never prompts, because the caller may be a script.
 */
public final class SshMachine implements Machine {
    /** The exit code of ssh when ssh itself fails. */
    private static final int SSH_FAILED = 255;

    private static final int NO_BASH = 127;

    /**
     * Limit for simultaneous connections: a server refuses some when more than ten are being
     * authenticated (MaxStartups).
     */
    private static final int AT_ONCE = 4;

    private static final String CONNECT_TIMEOUT_S = "5";

    /** Printed before the script's own output, after what the login printed. */
    private static final String BEGIN = "shmimTCP begins";

    private final Host host;
    private final Semaphore doors = new Semaphore(AT_ONCE);

    public SshMachine(Host host) {
        this.host = host;
    }

    /** Returns the command, ready for pasting. It reads a script on standard input. */
    List<String> command() {
        List<String> command = new ArrayList<>(List.of("ssh", "-T"));
        for (String option :
                List.of(
                        "BatchMode=yes",
                        "ConnectTimeout=" + CONNECT_TIMEOUT_S,
                        "ServerAliveInterval=2",
                        "ServerAliveCountMax=3")) {
            command.add("-o");
            command.add(option);
        }
        command.add("--"); // a name with a leading dash is a host, not an option
        command.add(host.ssh());
        // A login shell, because only its profile sets the paths of the site's programs and
        // streams.
        command.add("bash -l -s");
        return command;
    }

    @Override
    public Output run(String script, Duration timeout) {
        String bin = host.bin();
        String path = bin == null ? "" : "PATH=" + ShellWords.quote(bin) + ":$PATH\n";
        String whom = host + " ('ssh " + host.ssh() + "')";
        Output output;
        try {
            doors.acquire();
            try {
                // In braces, bash reads the whole script before it starts, so no command in it can
                // consume the rest as its input.
                String all =
                        "{ echo; echo "
                                + BEGIN
                                + "; export TERM=${TERM:-dumb}\n"
                                + path
                                + script
                                + "\nexit\n}\n";
                Output said = Shell.run(command(), Map.of(), all, timeout, whom);
                output = new Output(said.exitCode(), withoutGreeting(said.text()));
            } finally {
                doors.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BridgeException("interrupted", e);
        }
        if (output.exitCode() == SSH_FAILED) {
            throw new BridgeException(
                    "cannot reach " + whom + ": " + lastLine(output.text()) + hint(output.text()));
        }
        if (output.exitCode() == NO_BASH && output.text().contains("bash")) {
            throw new BridgeException("no bash on " + whom + ": " + lastLine(output.text()));
        }
        return output;
    }

    /** Returns the output of the script; all of the output if the script did not begin. */
    static String withoutGreeting(String text) {
        int begin = text.indexOf("\n" + BEGIN + "\n");
        return begin < 0 ? text : text.substring(begin + BEGIN.length() + 2);
    }

    private static String lastLine(String text) {
        Optional<String> last =
                text.lines().map(String::strip).filter(l -> !l.isEmpty()).reduce((a, b) -> b);
        return last.orElse("ssh says nothing");
    }

    private String hint(String text) {
        if (text.contains("Host key verification failed")) {
            return " (its host key is unknown here or has changed: run 'ssh "
                    + host.ssh()
                    + "' by hand to see)";
        }
        if (text.contains("Permission denied")) {
            return " (it must accept you without a password: ssh-copy-id "
                    + host.ssh()
                    + ", or ssh-add)";
        }
        if (text.contains("Could not resolve")) {
            return " (there is no host of this name in ~/.ssh/config or /etc/hosts)";
        }
        return "";
    }
}
