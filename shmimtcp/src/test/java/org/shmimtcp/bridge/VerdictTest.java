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
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;

class VerdictTest {
    private static final Shape SHAPE = Shape.of(50, 50);
    private static final Site SITE = SiteFile.read(Map.of());
    private static final Link LINK =
            SITE.choose(List.of("dm01disp03"), SITE.host("ICC")).links().getFirst();

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
        return new Facts(
                2000, Map.of(), List.of(), Set.of(), links, Map.of("dm01disp03", stream), Map.of());
    }

    private static Verdict of(@Nullable String tx, @Nullable String rx, Peer peer)
            throws IOException {
        return Verdict.of(
                LINK,
                new Verdict.End(SITE.host("ICC"), Peer.SHMIMTCP, facts("tx", tx)),
                new Verdict.End(SITE.host("RTC"), peer, facts("rx", rx)),
                null);
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

    /** A wrong address is found by the one that is named. */
    @Test
    void aTransmitterThatWaitsNamesTheAddress() throws IOException {
        String status =
                """
                status {"kind":"tx","stream":"dm01disp03","port":8803,"state":"waiting","host":"h",\
                "peer":"192.168.2.2:8803","lastError":"no answer","version":"1","updatedMs":1000}
                time 2
                end of facts
                """;
        Verdict verdict =
                Verdict.of(
                        LINK,
                        new Verdict.End(
                                SITE.host("ICC"), Peer.SHMIMTCP, Facts.parse(status, "ICC")),
                        new Verdict.End(SITE.host("RTC"), Peer.SHMIMTCP, facts("rx", "waiting")),
                        null);
        assertThat(verdict.text())
                .isEqualTo("the transmitter to 192.168.2.2:8803 is waiting: no answer");
    }

    /** A C program publishes no status, so only this machine's end counts. */
    @Test
    void ofACProgramOurEndIsAsked() throws IOException {
        assertThat(of("connected", null, Peer.MILK).state()).isEqualTo(Verdict.State.WELL);
        assertThat(of("paused", null, Peer.MILK).state()).isEqualTo(Verdict.State.PAUSED);
        assertThat(of("waiting", null, Peer.MILK).state()).isEqualTo(Verdict.State.ILL);
    }

    /** What a C transmitter does shows only at the receiver. */
    @ParameterizedTest
    @CsvSource({
        "connected, WELL, frames arrive",
        "waiting, ILL, the receiver is waiting",
        ", ILL, no receiver reports on RTC",
    })
    void ofACTransmitterTheReceiverIsAsked(@Nullable String rx, Verdict.State state, String text)
            throws IOException {
        Verdict verdict =
                Verdict.of(
                        LINK,
                        new Verdict.End(SITE.host("ICC"), Peer.MILK, facts("tx", null)),
                        new Verdict.End(SITE.host("RTC"), Peer.SHMIMTCP, facts("rx", rx)),
                        null);
        assertThat(verdict.state()).isEqualTo(state);
        assertThat(verdict.text()).startsWith(text);
    }

    /** Another receiver of the same stream on the same port is another link. */
    @ParameterizedTest
    @CsvSource({
        "192.168.2.2:8803, frames arrive",
        "192.168.3.4:8803, no transmitter runs on ICC",
        "[fe80::1]:8803, no transmitter runs on ICC",
        "rtc-link:8803, frames arrive",
        "aoc-link:8803, no transmitter runs on ICC",
        ", frames arrive",
    })
    void aTransmitterLeadsToOneMachine(@Nullable String peer, String text) throws IOException {
        String status =
                """
                time 2
                status {"kind":"tx","stream":"dm01disp03","port":8803,"state":"connected","host":"h",\
                PEER"version":"1","framesOut":5,"updatedMs":1000}
                address rtc-link 192.168.2.2 fe80::2%eth0
                address aoc-link 192.168.3.4
                end of facts
                """
                        .replace("PEER", peer == null ? "" : "\"peer\":\"" + peer + "\",");
        Facts from = Facts.parse(status, "ICC");
        Verdict verdict =
                Verdict.of(
                        LINK,
                        new Verdict.End(SITE.host("ICC"), Peer.SHMIMTCP, from),
                        new Verdict.End(SITE.host("RTC"), Peer.SHMIMTCP, facts("rx", "connected")),
                        null);
        assertThat(verdict.text()).startsWith(text);
    }
}
