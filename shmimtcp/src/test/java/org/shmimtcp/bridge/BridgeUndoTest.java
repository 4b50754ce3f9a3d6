package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.testing.ShmDir;

/** A run whose last step fails, on simulated machines. */
class BridgeUndoTest {
    private static final String FACTS =
            """
            time 1
            program tmux /usr/bin/tmux
            program shmimTCPreceive /b
            program shmimTCPtransmit /b
            program mk2Dim /b
            end of facts
            """;

    private final List<String> scripts = new CopyOnWriteArrayList<>();

    private Machine.Output answer(String script, String making) {
        if (script.contains("end of facts")) {
            return new Machine.Output(0, FACTS);
        }
        scripts.add(script);
        if (script.contains("mk2Dim")) {
            return new Machine.Output(0, making);
        }
        boolean last = script.contains("shmimTCPtransmit");
        return new Machine.Output(last ? 1 : 0, last ? "\033[2Jno way\u202e\n" : "");
    }

    /** The stream is removed only if this run created it and it has not been re-created since. */
    @ParameterizedTest
    @ValueSource(strings = {"there\n", "created dm01disp03 50x50 f32 in /x\nmade 77\n"})
    void onlyWhatThisRunMadeIsUndone(String making, @ShmDir Path dir) {
        Site site = SiteFile.read(Map.of());
        Host icc = site.host("ICC");
        Plan plan =
                Plan.up(
                        site,
                        icc,
                        "exao3",
                        site.choose(List.of("dm01disp03"), icc).links(),
                        Peer.SHMIMTCP);
        List<String> said = new CopyOnWriteArrayList<>();
        Bridge bridge =
                new Bridge(
                        plan,
                        new ImageDirectory(dir),
                        host -> (script, timeout) -> answer(script, making),
                        said::add,
                        Duration.ofSeconds(30),
                        () -> false);
        assertThatThrownBy(bridge::up)
                .isInstanceOf(BridgeException.class)
                .hasMessageContaining("no way");
        assertThat(said).contains("undoing what was started");
        List<String> removals = scripts.stream().filter(s -> s.contains("shmim rm")).toList();
        if (making.contains("made")) {
            assertThat(removals).singleElement().asString().contains("!= 77 ] || shmim rm");
        } else {
            assertThat(removals).isEmpty();
        }
        // Sessions are ended by the mark of this run, never by name.
        List<String> ends = scripts.stream().filter(s -> s.contains("kill-session")).toList();
        assertThat(ends).hasSize(2).allMatch(s -> s.contains("#{@shmimtcp_run}"));
    }
}
