package org.shmimtcp.manual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.cli.Context;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;

/** Man pages. */
@ExtendWith(ChildProcesses.class)
class ManPagesTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @TempDir Path dir;

    private Map<String, String> pages() {
        return ManPages.all(Context.ofProcess(false), "1.2.3", "2026-01-01");
    }

    @Test
    void everyCommandHasAPage() {
        assertThat(pages())
                .containsKeys("shmim.1", "shmimTCPtransmit.1", "shmimTCPreceive.1", "mk2Dim.1")
                .containsKeys("shmim-ls.1", "shmim-record.1", "shmim-completion.1")
                .doesNotContainKeys("shmim-mk2Dim.1", "shmim-help.1");
        assertThat(pages().get("shmim.1")).contains("shmim\\-record(1)", "mk2Dim(1)");
        assertThat(pages().get("shmim-save.1"))
                .startsWith(".TH \"SHMIM-SAVE\" 1 \"2026-01-01\" \"shmimTCP 1.2.3\"")
                .contains(
                        ".SH NAME\nshmim\\-save \\- Saves",
                        ".SH ARGUMENTS",
                        "\\-\\-seconds S",
                        "Default: 256.",
                        ".SH EXAMPLES");
    }

    @Test
    void groffHasNothingToSayAgainstThem() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/groff")), "no groff here");
        for (Map.Entry<String, String> page : pages().entrySet()) {
            Path file = Files.writeString(dir.resolve(page.getKey()), page.getValue());
            ChildProcess groff =
                    ChildProcess.start(
                            Map.of(),
                            List.of(
                                    "groff",
                                    "-man",
                                    "-Kutf8",
                                    "-Tutf8",
                                    "-P-cbou",
                                    "-ww",
                                    file.toString()));
            assertThat(groff.awaitSuccess(DEADLINE)).contains("NAME");
            assertThat(groff.errors()).as(page.getKey()).isEmpty();
        }
    }
}
