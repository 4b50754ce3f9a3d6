package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;

class PlanTest {
    private static final Site SITE = SiteFile.read(Map.of());
    private static final Host ICC = SITE.host("ICC");
    private static final String ENVIRONMENT =
            "env PATH=\"$PATH\" ${MILK_SHM_DIR:+MILK_SHM_DIR=\"$MILK_SHM_DIR\"}"
                    + " ${MILK_PROC_DIR:+MILK_PROC_DIR=\"$MILK_PROC_DIR\"}"
                    + " ${SHMIMTCP_CPUSET:+SHMIMTCP_CPUSET=\"$SHMIMTCP_CPUSET\"}"
                    + " ${SHMIMTCP_CPU_LATENCY:+SHMIMTCP_CPU_LATENCY=\"$SHMIMTCP_CPU_LATENCY\"}"
                    + " ${SHMIMTCP_PROCINFO:+SHMIMTCP_PROCINFO=\"$SHMIMTCP_PROCINFO\"}"
                    + " ${SHMIMTCP_LOG_FORMAT:+SHMIMTCP_LOG_FORMAT=\"$SHMIMTCP_LOG_FORMAT\"}"
                    + " ${SHMIMTCP_JAVA_OPTS:+SHMIMTCP_JAVA_OPTS=\"$SHMIMTCP_JAVA_OPTS\"}"
                    + " ${SHMIMTCP_DEBUG:+SHMIMTCP_DEBUG=\"$SHMIMTCP_DEBUG\"}"
                    + " ${JAVA_HOME:+JAVA_HOME=\"$JAVA_HOME\"}"
                    + " ${LANG:+LANG=\"$LANG\"}"
                    + " ${LC_ALL:+LC_ALL=\"$LC_ALL\"}"
                    + " ${LC_CTYPE:+LC_CTYPE=\"$LC_CTYPE\"} ";

    private static List<Link> links(String... names) {
        return SITE.choose(List.of(names), ICC).links();
    }

    @Test
    void upIsReadMachineByMachine() {
        Plan plan = Plan.up(SITE, ICC, "exao3", links("dm01disp03"), Peer.SHMIMTCP);
        assertThat(plan.toString())
                .isEqualTo(
                        "# on RTC (exao2): ssh rtc\n"
                                + "tmux new-session -d -x 200 -y 50 -s sTCPrc-exao3-dm01disp03 "
                                + ENVIRONMENT
                                + "shmimTCPreceive 8803 \\; set-window-option -t"
                                + " sTCPrc-exao3-dm01disp03: remain-on-exit on   # unless a"
                                + " healthy one already has this port\n# on ICC (exao3),"
                                + " here\nmk2Dim 'tf32>dm01disp03' 50 50   # unless it already"
                                + " exists\nshmimTCPtransmit dm01disp03 192.168.2.2 8803   #"
                                + " unless it already runs, and is connected\n");
    }

    @Test
    void allReceiversComeFirst() {
        Plan plan = Plan.up(SITE, ICC, "exao3", links("dm00disp00-02"), Peer.SHMIMTCP);
        assertThat(plan.steps()).hasSize(9);
        assertThat(plan.toString().lines().filter(l -> l.startsWith("# on"))).hasSize(2);
    }

    @Test
    void theCProgramIsStartedAgainAfterEachConnection() {
        Plan plan = Plan.up(SITE, ICC, "exao3", links("dm01disp03"), Peer.MILK);
        assertThat(plan.steps().getFirst().command())
                .contains(" sh -c 'while :; do shmimTCPreceive 8803; sleep 1; done' ");
        assertThat(plan.steps().getLast().command())
                .isEqualTo("shmimTCPtransmit --wire=milk1 dm01disp03 192.168.2.2 8803");
    }

    @Test
    void downEndsBoth() {
        Plan plan = Plan.down(SITE, ICC, "exao3", links("dm01disp03"));
        assertThat(plan.steps())
                .extracting(Step::command)
                .containsExactly(
                        "shmimTCPtransmit -k dm01disp03 192.168.2.2 8803",
                        "tmux kill-session -t =sTCPrc-exao3-dm01disp03");
    }
}
