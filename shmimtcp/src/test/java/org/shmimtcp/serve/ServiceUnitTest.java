package org.shmimtcp.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.bridge.LocalMachine;
import org.shmimtcp.bridge.Machine;
import org.shmimtcp.process.UserError;

class ServiceUnitTest {
    @Test
    void hasWhatTheProcessNeeds() {
        String text =
                ServiceUnit.text(
                        "/opt/it's \"100 %\" $here/bin/shmim",
                        List.of("camtip"),
                        Map.of("MAGAOX_ROLE", "ICC", "MILK_SHM_DIR", "/milk/$x", "HOME", "/root"),
                        new ServiceUnit.Place(false, "ao", List.of(Path.of("/milk/$x"))));
        assertThat(text).startsWith(ServiceUnit.FIRST_LINE);
        assertThat(text.lines())
                .contains(
                        "ExecStart=\"/opt/it's \\\"100 %%\\\" $$here/bin/shmim\" \"serve\" \"camtip\"",
                        "ExecReload=kill -HUP $MAINPID",
                        "Environment=\"MAGAOX_ROLE=ICC\"",
                        "Environment=\"MILK_SHM_DIR=/milk/$x\"",
                        "Restart=always",
                        "LimitRTPRIO=99",
                        "LimitMEMLOCK=infinity",
                        "User=ao",
                        "NoNewPrivileges=yes",
                        "ProtectSystem=strict",
                        "ReadWritePaths=\"-/milk/shm\" \"-/tmp\" \"-/milk/$x\"",
                        "CapabilityBoundingSet=CAP_SYS_NICE CAP_IPC_LOCK",
                        "DeviceAllow=/dev/cpu_dma_latency rw",
                        "WantedBy=multi-user.target")
                .noneMatch(line -> line.contains("HOME="));
        var own = new ServiceUnit.Place(true, "", List.of());
        assertThat(ServiceUnit.text("/bin/shmim", List.of(), Map.of(), own).lines())
                .contains("WantedBy=default.target", "NoNewPrivileges=yes")
                .noneMatch(line -> line.matches("(User|ProtectSystem|Capability).*"));
    }

    /** Otherwise a role name could make root run arbitrary commands. */
    @ParameterizedTest
    @ValueSource(strings = {"ICC\nExecStartPre=/bin/evil", "a\rb", "a\tb", "\u001b[31m"})
    void noValueAddsALine(String value) {
        var root = new ServiceUnit.Place(false, "", List.of());
        assertThatThrownBy(() ->
                        ServiceUnit.text(
                                "/bin/shmim", List.of(), Map.of("MAGAOX_ROLE", value), root))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("it cannot stand in the unit")
                .hasMessageNotContaining(value);
        assertThatThrownBy(() -> ServiceUnit.text("/bin/shmim", List.of(value), Map.of(), root))
                .isInstanceOf(UserError.class);
        var other = new ServiceUnit.Place(false, value, List.of());
        assertThatThrownBy(() -> ServiceUnit.text("/bin/shmim", List.of(), Map.of(), other))
                .isInstanceOf(UserError.class);
        var elsewhere = new ServiceUnit.Place(false, "", List.of(Path.of("/x" + value)));
        assertThatThrownBy(() -> ServiceUnit.text("/bin/shmim", List.of(), Map.of(), elsewhere))
                .isInstanceOf(UserError.class);
    }

    @Test
    void systemdTakesIt(@TempDir Path dir) throws Exception {
        Path analyze = Path.of("/usr/bin/systemd-analyze");
        assumeTrue(Files.isExecutable(analyze), "there is no systemd-analyze here");
        Path unit = dir.resolve(ServiceUnit.NAME);
        Files.writeString(
                unit,
                ServiceUnit.text(
                        "/bin/true",
                        List.of("x"),
                        Map.of("MAGAOX_ROLE", "%s TARGET"),
                        new ServiceUnit.Place(false, "root", List.of(dir))));
        List<String> command = List.of(analyze.toString(), "verify", "--man=no", unit.toString());
        Machine.Output output = run(command);
        assertThat(output.text()).isEmpty();
        assertThat(output.exitCode()).isZero();
        // Exposure on a scale from 0 to 10; without protection it is 9.6 (systemd 252).
        command =
                List.of(
                        analyze.toString(),
                        "security",
                        "--offline=true",
                        "--threshold=50",
                        "--no-pager",
                        unit.toString());
        output = run(command);
        assertThat(output.exitCode()).as(output.text()).isZero();
    }

    private static Machine.Output run(List<String> command) {
        return new LocalMachine("").run(String.join(" ", command), Duration.ofSeconds(30));
    }
}
