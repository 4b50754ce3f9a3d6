package org.shmimtcp.tmux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionNameTest {
    @ParameterizedTest
    @CsvSource({
        "sTCPtx-rtc-dm01disp03, sTCPtx-rtc-dm01disp03",
        "sTCPtx-rtc-a.b:c, sTCPtx-rtc-a_b_c",
        "sTCPtx-rtc-a#{b}$c\\d, sTCPtx-rtc-a__b__c_d"
    })
    void sessionNamesAreAsTmuxTakesThem(String wanted, String name) {
        assertThat(SessionName.accepted(wanted)).isEqualTo(name);
    }

    @Test
    void namesAreThoseOfTheScripts() {
        assertThat(SessionName.transmitter("rtc", "acc.0")).isEqualTo("sTCPtx-rtc-acc_0");
        assertThat(SessionName.transmitterToPort("acc.0", 8886)).isEqualTo("sTCPtx-acc_0-8886");
        assertThat(SessionName.receiver("rtc", "acc0")).isEqualTo("sTCPrc-rtc-acc0");
        assertThat(SessionName.receiverOnPort("acc0", 8886)).isEqualTo("sTCPrc-acc0-8886");
    }

    @Test
    void namesThatBecomeOneAreToldApart() {
        assertThat(SessionName.distinct("a_b")).isEqualTo("a_b");
        assertThat(List.of("a.b", "a:b", "a#b", "a_b").stream().map(SessionName::distinct))
                .doesNotHaveDuplicates()
                .allMatch(name -> name.startsWith("a_b"));
        assertThat(SessionMark.transmitter("a b/#{x}", "fe80::1%eth0", 8886))
                .isEqualTo("tx/a%20b%2F%23%7Bx%7D/fe80::1%25eth0/8886");
    }

    @Test
    void theHostIsReadFromAMark() {
        String mark = SessionMark.transmitter("a/b", "fe80::1%eth0", 8886);
        assertThat(SessionMark.transmitterHost(mark, "a/b", 8886)).contains("fe80::1%eth0");
        assertThat(SessionMark.transmitterHost(mark, "a", 8886)).isEmpty();
        assertThat(SessionMark.transmitterHost(mark, "a/b", 86)).isEmpty();
        assertThat(SessionMark.transmitterHost("", "a/b", 8886)).isEmpty();
    }
}
