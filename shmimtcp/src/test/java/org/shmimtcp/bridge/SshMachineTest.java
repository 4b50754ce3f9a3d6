package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.site.Host;

class SshMachineTest {
    /** ssh would run the command given in such an option. */
    @Test
    void aHostThatLooksLikeAnOptionIsNone(@TempDir Path dir) {
        Path made = dir.resolve("made");
        String host = "-oProxyCommand=touch " + made;
        SshMachine machine = new SshMachine(new Host("X", "x", "192.0.2.1", host, null, null));
        assertThat(machine.command()).containsSubsequence("--", host, "bash -l -s");
        assertThatThrownBy(() -> machine.run("true", Duration.ofSeconds(60)))
                .isInstanceOf(BridgeException.class);
        assertThat(made).doesNotExist();
    }

    /** A greeting of the login shell is no reason for a failure. */
    @Test
    void theGreetingIsNotPartOfTheOutput() {
        assertThat(SshMachine.withoutGreeting("Welcome to RTC\nno newline\nshmimTCP begins\nx\n"))
                .isEqualTo("x\n");
        assertThat(SshMachine.withoutGreeting("\nshmimTCP begins\n")).isEmpty();
        assertThat(SshMachine.withoutGreeting("account closed\n")).isEqualTo("account closed\n");
    }
}
