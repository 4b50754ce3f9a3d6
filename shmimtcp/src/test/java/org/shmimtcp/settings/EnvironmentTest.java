package org.shmimtcp.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.shmimtcp.log.LogFormat;

/** Tests what is generated from the list of variables. */
class EnvironmentTest {
    @Test
    void helpIsAligned() {
        assertThat(Environment.help("dmdispbridge"))
                .containsExactly(
                        "  MAGAOX_ROLE       role of this machine, as the site's file calls it",
                        "  SHMIMTCP_CONFIG   the site's file; else ~/.config/shmimtcp/config.toml"
                                + " or",
                        "                    /etc/shmimtcp/config.toml; see docs/bridges.md");
        assertThat(Environment.help("shmimTCPreceive"))
                .containsSequence(
                        "  SHMIMTCP_CPU_LATENCY", "                    default of --cpu-latency");
        assertThat(Environment.help("info")).isEmpty();
    }

    @Test
    void theFileOfSettings() {
        assertThat(Environment.file())
                .startsWith("# Settings for all users of shmimTCP: ")
                .contains(
                        """

                        # CPUs for the loops, like 2,4-7.
                        #SHMIMTCP_CPUSET=${SHMIMTCP_CPUSET:-2,4-7}
                        """)
                .doesNotContain("SHMIMTCP_DEBUG");
        assertThat(Environment.file().lines()).allMatch(l -> l.isEmpty() || l.startsWith("#"));
    }

    @Test
    void whatIsHandedOn() {
        assertThat(Environment.forwarded(Environment.Destination.SSH))
                .contains("MILK_SHM_DIR", "SHMIMTCP_CPU_LATENCY", "SHMIMTCP_DEBUG", "LC_ALL")
                .doesNotContain("MAGAOX_ROLE");
        assertThat(Environment.forwarded(Environment.Destination.UNIT)).contains("MAGAOX_ROLE");
    }

    @Test
    void thePackageOfLogLinesMeansTheSame() {
        assertThat(LogFormat.VARIABLE).isEqualTo(Environment.LOG_FORMAT.variable());
    }
}
