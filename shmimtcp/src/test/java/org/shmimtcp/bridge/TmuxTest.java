package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;

@ExtendWith(ChildProcesses.class)
class TmuxTest {
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
                                List.of("sh", "-c", "printf '<%s>' " + Shell.quote(word) + " end"))
                        .awaitSuccess(Duration.ofSeconds(10));
        assertThat(printed).isEqualTo("<" + word + "><end>");
    }

    @Test
    void plainWordsStayReadable() {
        assertThat(Shell.quote("/opt/bin/shmimTCPtransmit")).isEqualTo("/opt/bin/shmimTCPtransmit");
        assertThat(Shell.quote("a b")).isEqualTo("'a b'");
    }

    @ParameterizedTest
    @CsvSource({
        "sTCPtx-rtc-dm01disp03, sTCPtx-rtc-dm01disp03",
        "sTCPtx-rtc-a.b:c, sTCPtx-rtc-a_b_c",
        "sTCPtx-rtc-a#{b}$c\\d, sTCPtx-rtc-a__b__c_d"
    })
    void sessionNamesAreAsTmuxTakesThem(String wanted, String name) {
        assertThat(Tmux.sessionName(wanted)).isEqualTo(name);
    }

    @Test
    void namesThatBecomeOneAreToldApart() {
        assertThat(Tmux.distinctName("a_b")).isEqualTo("a_b");
        assertThat(List.of("a.b", "a:b", "a#b", "a_b").stream().map(Tmux::distinctName))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.startsWith("a_b"));
        assertThat(Tmux.transmitterMark("a b/#{x}", "fe80::1%eth0", 8886))
                .isEqualTo("tx/a%20b%2F%23%7Bx%7D/fe80::1%25eth0/8886");
    }
}
