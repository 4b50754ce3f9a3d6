package org.shmimtcp.tmux;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;

@ExtendWith(ChildProcesses.class)
class ShellWordsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "/dev/shm/a.b",
                "NAME=value with blanks",
                "it's",
                "''",
                "$HOME `id` $(id) \\ \"x\" ; & | < > * ? ~ # !",
                "ends with '",
                "tab\tand\nnewline",
                "größe",
                ""
            })
    void aShellReadsAQuotedWordAsItWas(String word) {
        String printed =
                ChildProcess.start(
                                Map.of("LC_ALL", "C.UTF-8"),
                                List.of(
                                        "sh",
                                        "-c",
                                        "printf '<%s>' " + ShellWords.quote(word) + " end"))
                        .awaitSuccess(Duration.ofSeconds(10));
        assertThat(printed).isEqualTo("<" + word + "><end>");
    }

    @Test
    void plainWordsStayReadable() {
        assertThat(ShellWords.quote("/opt/bin/shmimTCPtransmit"))
                .isEqualTo("/opt/bin/shmimTCPtransmit");
        assertThat(ShellWords.quote("a b")).isEqualTo("'a b'");
    }
}
