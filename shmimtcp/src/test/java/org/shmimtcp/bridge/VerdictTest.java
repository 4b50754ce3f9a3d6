package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;

class VerdictTest {
    private static final Shape SHAPE = Shape.of(50, 50);
    private static final Link LINK = link();

    private static Link link() {
        Site site = SiteFile.read(Map.of());
        Host icc = site.host("ICC");
        return site.choose(List.of("dm01disp03"), icc).links().getFirst();
    }

    /** Returns the facts of a machine whose link end is in that state. */
    private static Facts facts(String kind, @Nullable String state) throws IOException {
        List<LinkStatus> links =
                state == null
                        ? List.of()
                        : LinkStatuses.fromJson(
                                """
                                [{"kind":"%s","stream":"dm01disp03","port":8803,"state":"%s","host":"h",
                                "version":"1","framesOut":5,"updatedMs":1000}]
                                """
                                        .formatted(kind, state));
        var stream = new Facts.Stream(1, 5, SHAPE, DataType.FLOAT, null);
        return new Facts(2000, Map.of(), List.of(), Set.of(), links, Map.of("dm01disp03", stream));
    }

    private static Verdict of(@Nullable String tx, @Nullable String rx, Peer peer)
            throws IOException {
        return Verdict.of(LINK, facts("tx", tx), facts("rx", rx), peer, null);
    }

    @ParameterizedTest
    @CsvSource({
        "connected, connected, WELL, frames arrive",
        "paused, connected, PAUSED, paused: the transmitter on ICC holds frames back",
        "connected, paused, PAUSED, paused: the receiver on RTC holds frames back",
        "paused, paused, PAUSED, paused: the transmitter on ICC holds frames back",
        "paused, waiting, ILL, the receiver is waiting",
        "waiting, paused, ILL, the transmitter is waiting",
        "paused, , ILL, no receiver reports on RTC",
        ", paused, ILL, no transmitter runs on ICC",
    })
    void bothEndsCount(@Nullable String tx, @Nullable String rx, Verdict.State state, String text)
            throws IOException {
        Verdict verdict = of(tx, rx, Peer.SHMIMTCP);
        assertThat(verdict.state()).isEqualTo(state);
        assertThat(verdict.text()).startsWith(text);
        assertThat(verdict.isUp()).isEqualTo(state != Verdict.State.ILL);
        assertThat(verdict.isWell()).isEqualTo(state == Verdict.State.WELL);
    }

    /** A C program publishes no status, so only this machine's end counts. */
    @Test
    void ofACProgramOurEndIsAsked() throws IOException {
        assertThat(of("connected", null, Peer.MILK).state()).isEqualTo(Verdict.State.WELL);
        assertThat(of("paused", null, Peer.MILK).state()).isEqualTo(Verdict.State.PAUSED);
        assertThat(of("waiting", null, Peer.MILK).state()).isEqualTo(Verdict.State.ILL);
    }
}
