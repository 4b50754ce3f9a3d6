package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceUnitTest {
    @Test
    void hasWhatTheProcessNeeds() {
        String text =
                ServiceUnit.text(
                        "/opt/it's \"100 %\" $here/bin/shmim",
                        List.of("camtip"),
                        Map.of("MAGAOX_ROLE", "ICC", "MILK_SHM_DIR", "/milk/$x", "HOME", "/root"),
                        false);
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
                        "WantedBy=multi-user.target")
                .noneMatch(line -> line.contains("HOME="));
        assertThat(ServiceUnit.text("/bin/shmim", List.of(), Map.of(), true))
                .contains("WantedBy=default.target");
    }

    @Test
    void systemdTakesIt(@TempDir Path dir) throws Exception {
        Path analyze = Path.of("/usr/bin/systemd-analyze");
        assumeTrue(Files.isExecutable(analyze), "there is no systemd-analyze here");
        Path unit = dir.resolve(ServiceUnit.NAME);
        Files.writeString(
                unit,
                ServiceUnit.text("/bin/true", List.of("x"), Map.of("MAGAOX_ROLE", "A"), false));
        List<String> command = List.of(analyze.toString(), "verify", "--man=no", unit.toString());
        Machine.Output output = Shell.run(command, Map.of(), "", Duration.ofSeconds(30), "systemd");
        assertThat(output.text()).isEmpty();
        assertThat(output.exitCode()).isZero();
    }
}
