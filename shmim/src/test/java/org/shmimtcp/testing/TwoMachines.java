package org.shmimtcp.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;

/**
 * RTC and ICC: two network namespaces with the addresses of the dedicated link. Each has a real
 * sshd, a tmux server, streams and a home directory of its own. Keys are created for the test and
 * deleted afterwards. Requires root, {@code ip}, {@code sshd}, {@code ssh} and {@code tmux}; tests
 * are skipped without them.
 */
public final class TwoMachines implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Path SSHD = Path.of("/usr/sbin/sshd");
    private static final String CABLE = "cable";

    private final Path dir;
    private final Machine rtc;
    private final Machine icc;

    /** One of the two machines. */
    public final class Machine {
        private final String role;
        private final String address;
        private final String namespace;
        private final Path home;
        private final Map<String, String> environment = new HashMap<>();
        private @Nullable ChildProcess sshd;

        private Machine(String role, String address) throws IOException {
            this.role = role;
            this.address = address;
            this.namespace = "shmtcp" + ProcessHandle.current().pid() + role;
            this.home = Files.createDirectories(dir.resolve(role));
            Files.createDirectories(streams().path());
            environment.put("HOME", home.toString());
            environment.put("MAGAOX_ROLE", role);
            environment.put("MILK_SHM_DIR", streams().path().toString());
            environment.put("TMUX_TMPDIR", Files.createDirectories(home.resolve("t")).toString());
            environment.put("TMUX", "");
            environment.put("SHMIMTCP_CONFIG", "");
            environment.put("PATH", dir.resolve("path") + ":" + System.getenv("PATH"));
        }

        /** Returns its directory of streams. */
        public ImageDirectory streams() {
            return new ImageDirectory(home.resolve("shm"));
        }

        /** Returns its user's home directory. */
        public Path home() {
            return home;
        }

        /** Returns the environment of a user logged in there, which tests may extend. */
        public Map<String, String> environment() {
            return environment;
        }

        /** Returns the shell prefix that runs a command on that machine. */
        public String shell() {
            return "ip netns exec " + namespace;
        }

        /** Starts a command on that machine. */
        public ChildProcess start(List<String> command) {
            List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
            all.addAll(command);
            return ChildProcess.start(environment, all);
        }

        /** Starts one of the shmimTCP programs on that machine. */
        public ChildProcess program(String name, String... arguments) {
            List<String> command = new ArrayList<>(List.of(Programs.launcher(name)));
            command.addAll(List.of(arguments));
            return start(command);
        }

        /**
         * Runs a tmux command on that machine; returns its output, which is empty if no server
         * runs.
         */
        public String tmux(String... arguments) {
            List<String> command = new ArrayList<>(List.of("tmux"));
            command.addAll(List.of(arguments));
            ChildProcess tmux = start(command);
            tmux.awaitExit(DEADLINE);
            return tmux.output();
        }

        /** Returns the names of all tmux sessions. */
        public List<String> sessions() {
            return tmux("list-sessions", "-F", "#{session_name}").lines().sorted().toList();
        }

        /** Simulates a reboot: all tmux sessions and all streams disappear. */
        public void reboot() throws IOException {
            tmux("kill-server");
            try (var files = Files.newDirectoryStream(streams().path(), "*.shm")) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
        }

        /** Stops sshd: no new login is possible; existing ones stay. */
        public void stopSshd() {
            stop(sshd);
        }

        private void startSshd() throws IOException {
            Path login = home.resolve("login");
            StringBuilder script = new StringBuilder("#!/bin/sh\nunset TMUX MILK_SHM_DIR\n");
            for (String name : List.of("HOME", "MILK_SHM_DIR", "TMUX_TMPDIR", "MAGAOX_ROLE")) {
                script.append("export " + name + "='" + environment.get(name) + "'\n");
            }
            // Options for programs that a test starts hold for those that it starts by ssh, too.
            String options = System.getenv().getOrDefault("SHMIMTCP_JAVA_OPTS", "");
            script.append("export SHMIMTCP_JAVA_OPTS='" + options + "'\n");
            script.append("exec /bin/sh -c \"$SSH_ORIGINAL_COMMAND\"\n");
            executable(login, script.toString());
            // Only a login shell has the programs on its PATH, and it prints a greeting.
            Files.writeString(
                    home.resolve(".bash_profile"),
                    "echo Welcome to " + role + "\nPATH=" + binDirectory() + ":$PATH\n");
            Path config = home.resolve("sshd_config");
            Files.writeString(
                    config,
                    """
                    ListenAddress %s
                    HostKey %s
                    PidFile none
                    UsePAM no
                    StrictModes no
                    PermitRootLogin yes
                    PasswordAuthentication no
                    KbdInteractiveAuthentication no
                    AuthorizedKeysFile %s
                    ForceCommand %s
                    """
                            .formatted(
                                    address,
                                    dir.resolve("hostkey"),
                                    dir.resolve("userkey.pub"),
                                    login));
            sshd =
                    start(List.of(SSHD.toString(), "-D", "-e", "-f", config.toString()))
                            .awaitOutput("listening on", DEADLINE);
        }

        private void configure() {
            run("ip", "-n", namespace, "addr", "add", address + "/24", "dev", CABLE);
            run("ip", "-n", namespace, "link", "set", CABLE, "up");
            run("ip", "-n", namespace, "link", "set", "lo", "up");
        }
    }

    private TwoMachines(Path dir) throws IOException {
        this.dir = dir;
        this.rtc = new Machine("RTC", "192.168.2.2");
        this.icc = new Machine("ICC", "192.168.2.3");
    }

    /**
     * Sets up the machines, or skips the calling test if that is not possible.
     *
     * @param dir the directory for all their files, preferably in memory
     */
    public static TwoMachines open(Path dir) throws IOException {
        assumeTrue(Files.isExecutable(SSHD), "there is no " + SSHD + " here");
        for (String program : List.of("ssh", "ssh-keygen", "tmux", "ip")) {
            assumeTrue(isOnPath(program), "there is no " + program + " here");
        }
        TwoMachines machines = new TwoMachines(dir);
        try {
            run("ip", "netns", "add", machines.icc.namespace);
        } catch (AssertionError e) {
            String[] lines = String.valueOf(e.getMessage()).split("\n", -1);
            assumeTrue(false, "no network namespaces here: " + lines[lines.length - 1]);
        }
        try {
            machines.connect();
            machines.makeKeys();
            machines.rtc.startSshd();
            machines.icc.startSshd();
            return machines;
        } catch (AssertionError | IOException | RuntimeException e) {
            machines.close();
            throw e;
        }
    }

    private static boolean isOnPath(String program) {
        for (String place : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Files.isExecutable(Path.of(place, program))) {
                return true;
            }
        }
        return false;
    }

    private void connect() {
        run("ip", "netns", "add", rtc.namespace);
        String[] pair = {
            "ip",
            "-n",
            icc.namespace,
            "link",
            "add",
            CABLE,
            "type",
            "veth",
            "peer",
            "name",
            CABLE,
            "netns",
            rtc.namespace
        };
        run(pair);
        rtc.configure();
        icc.configure();
    }

    private void makeKeys() throws IOException {
        Files.createDirectories(Path.of("/run/sshd")); // required by sshd for dropping privileges
        for (String key : List.of("hostkey", "userkey")) {
            String file = dir.resolve(key).toString();
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", file);
        }
        String hostKey = Files.readString(dir.resolve("hostkey.pub"));
        Files.writeString(
                dir.resolve("known_hosts"),
                rtc.address + " " + hostKey + icc.address + " " + hostKey);
        Files.writeString(
                dir.resolve("ssh_config"),
                """
                Host rtc
                  HostName %s
                Host icc
                  HostName %s
                Host *
                  User root
                  IdentityFile %s
                  IdentitiesOnly yes
                  UserKnownHostsFile %s
                """
                        .formatted(
                                rtc.address,
                                icc.address,
                                dir.resolve("userkey"),
                                dir.resolve("known_hosts")));
        Files.createDirectories(dir.resolve("path"));
        // ssh takes the home directory for its configuration from the password file, not from
        // $HOME.
        executable(
                dir.resolve("path/ssh"),
                "#!/bin/sh\nexec /usr/bin/ssh -F '" + dir.resolve("ssh_config") + "' \"$@\"\n");
    }

    /** Returns the user's ssh configuration. */
    public Path sshConfig() {
        return dir.resolve("ssh_config");
    }

    /** Returns the user's known_hosts file. */
    public Path knownHosts() {
        return dir.resolve("known_hosts");
    }

    /** Returns a directory that comes first on the PATH of users of both machines. */
    public Path pathDirectory() {
        return dir.resolve("path");
    }

    public Machine rtc() {
        return rtc;
    }

    public Machine icc() {
        return icc;
    }

    private static void stop(@Nullable ChildProcess process) {
        if (process != null) {
            process.close();
        }
    }

    private static Path binDirectory() {
        return Programs.BIN;
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void run(String... command) {
        ChildProcess.start(Map.of(), List.of(command)).awaitSuccess(DEADLINE);
    }

    @Override
    public void close() {
        for (Machine machine : List.of(rtc, icc)) {
            machine.tmux("kill-server");
            stop(machine.sshd);
        }
        for (Machine machine : List.of(rtc, icc)) {
            ChildProcess.start(Map.of(), List.of("ip", "netns", "del", machine.namespace))
                    .awaitExit(DEADLINE);
        }
    }
}
