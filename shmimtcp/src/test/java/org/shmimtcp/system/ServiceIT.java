package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TwoHostSite;

/** A user's own unit, with a systemctl that only writes down what it is told. */
@ExtendWith(ChildProcesses.class)
class ServiceIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"");

    private final Path dir;
    private final Path calls;
    private final Path unit;
    private final Map<String, String> environment = new HashMap<>();

    ServiceIT(@ShmDir Path dir) throws IOException {
        this.dir = dir;
        this.calls = dir.resolve("calls");
        this.unit = dir.resolve("config/systemd/user/shmimtcp.service");
        Path config = dir.resolve("site.toml");
        Files.writeString(config, new TwoHostSite().with("x", Programs.freePort()).toString());
        environment.put("XDG_CONFIG_HOME", dir.resolve("config").toString());
        environment.put("SHMIMTCP_CONFIG", config.toString());
        environment.put("MAGAOX_ROLE", "B");
        environment.put("PATH", dir + ":" + System.getenv("PATH"));
        systemctl("exit 0");
    }

    private void systemctl(String then) throws IOException {
        Path script = dir.resolve("systemctl");
        Files.writeString(script, "#!/bin/sh\necho \"$*\" >>'" + calls + "'\n" + then + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    private ChildProcess service(String... arguments) {
        List<String> all = new ArrayList<>(List.of("service"));
        all.addAll(List.of(arguments));
        return new Programs(dir, environment).start("shmim", all.toArray(String[]::new));
    }

    private String done(String... arguments) {
        return service(arguments).awaitSuccess(DEADLINE);
    }

    private String refused(String... arguments) {
        ChildProcess service = service(arguments);
        assertThat(service.awaitExit(DEADLINE)).as(service.report()).isEqualTo(1);
        return service.errors();
    }

    @Test
    void whatItInstallsRunsAndGoesAgain() throws IOException {
        assertThat(done("install", "--user"))
                .startsWith("wrote " + unit + "\n")
                .contains("systemctl --user enable --now shmimtcp");
        assertThat(unit).hasContent(done("print", "--user"));
        assertThat(calls).hasContent("--user daemon-reload");
        runsAsSystemdRunsIt();
        assertThat(done("uninstall", "--user")).contains("removed " + unit);
        assertThat(unit).doesNotExist();
        assertThat(Files.readAllLines(calls))
                .containsExactly(
                        "--user daemon-reload",
                        "--user disable --now shmimtcp",
                        "--user daemon-reload");
        assertThat(refused("uninstall", "--user"))
                .isEqualTo("shmim service: there is no " + unit + "\n");
    }

    /** With what stands in the unit, and nothing of this process's environment. */
    private void runsAsSystemdRunsIt() throws IOException {
        List<String> command =
                new ArrayList<>(List.of("env", "--default-signal=HUP", "-i", "PATH=/usr/bin:/bin"));
        for (String key : List.of("Environment=", "ExecStart=")) {
            Files.readAllLines(unit).stream()
                    .filter(line -> line.startsWith(key))
                    .flatMap(line -> WORD.matcher(line).results())
                    .forEach(word -> command.add(word.group(1)));
        }
        assertThat(command).contains("MAGAOX_ROLE=B", "serve");
        ChildProcess server = ChildProcess.start(Map.of(), command);
        server.awaitOutput("serving 1 links: 1 started, 0 ended", DEADLINE);
        Await.until(DEADLINE, "its state", () -> links() == 1);
        server.signal("HUP");
        server.awaitOutput("serving 1 links: 0 started, 0 ended", DEADLINE);
        server.terminate();
        assertThat(server.awaitExit(DEADLINE)).as("SuccessExitStatus").isEqualTo(143);
        assertThat(Files.readString(unit)).contains("\nSuccessExitStatus=143\n");
    }

    private int links() {
        try {
            return LinkStatuses.read(new ImageDirectory(dir)).size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aSystemdThatDoesNotAnswerIsSaid() throws IOException {
        systemctl("echo Failed to connect to bus; exit 1");
        ChildProcess service = service("install", "--user", "x");
        service.awaitSuccess(DEADLINE);
        assertThat(service.errors())
                .isEqualTo(
                        "note: 'systemctl --user daemon-reload' failed: Failed to connect to"
                                + " bus\n");
        assertThat(Files.readString(unit)).contains("\"serve\" \"x\"");
    }

    @Test
    void aUnitOfSomebodyElseIsLeftAlone() throws IOException {
        Files.createDirectories(unit.getParent());
        Files.writeString(unit, "[Unit]\nDescription=mine\n");
        assertThat(refused("install", "--user")).contains("was not written by 'shmim service");
        assertThat(refused("uninstall", "--user")).contains("left alone");
        assertThat(unit).hasContent("[Unit]\nDescription=mine\n");
        Files.delete(unit);
        Files.createSymbolicLink(unit, Path.of("/dev/null")); // a masked one
        assertThat(refused("install", "--user")).contains("left alone");
        assertThat(unit).isSymbolicLink();
        assertThat(calls).doesNotExist();
    }

    @Test
    void withoutARoleThereIsNoService() {
        environment.put("MAGAOX_ROLE", "");
        assertThat(refused("install", "--user"))
                .isEqualTo(
                        "shmim service: this machine has no role, and the service would have none:"
                                + " set $MAGAOX_ROLE\n");
        assertThat(unit).doesNotExist();
        assertThat(calls).doesNotExist();
    }
}
