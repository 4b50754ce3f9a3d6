package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.StreamStatus;

/** Which states raise an alert. */
class LinkBookTest {
    private static final long NOW = 1_000_000_000L;

    private final LinkBook book = new LinkBook();

    private static LinkStatus link(long nowMs, String state, long frames, long skipped) {
        return link("rx", "dm", "10.0.0.1:4711", nowMs, state, frames, skipped);
    }

    private static LinkStatus link(
            String kind,
            String stream,
            @Nullable String peer,
            long nowMs,
            String state,
            long frames,
            long skipped) {
        return new LinkStatus(
                kind, stream, peer, 8886, "native", false, state, NOW, frames, frames, 100, 100, 1,
                skipped, 0, 0, 0, 0, 10.0, 20.0, null, null, null, null, null, null, null, 0, 42, 7,
                "rtc", "1", nowMs);
    }

    private static StreamStatus stream(double ageS) {
        return new StreamStatus("dm", null, "5x5", "f32", 0.0, ageS, 3, List.of(), List.of(), null);
    }

    private List<String> alerts(long nowMs, List<LinkStatus> statuses, double ageS) {
        List<Overview.Link> links = book.update(nowMs, statuses);
        return book.alerts(nowMs, links, List.of(stream(ageS))).stream()
                .map(alert -> alert.level() + ": " + alert.text())
                .toList();
    }

    @Test
    void aLinkThatWorksIsNoNews() {
        assertThat(alerts(NOW, List.of(link(NOW, "connected", 1, 5)), 0)).isEmpty();
    }

    @Test
    void aLinkThatIsDownIsCritical() {
        assertThat(alerts(NOW, List.of(link(NOW, "waiting", 1, 0)), 0))
                .containsExactly("critical: dm on port 8886 is down: waiting");
    }

    @Test
    void aPausedLinkIsNotDown() {
        assertThat(alerts(NOW, List.of(link(NOW, "paused", 1, 0)), 60))
                .containsExactly("warning: dm on port 8886 is paused");
    }

    @Test
    void aLinkWhoseFramesDoNotGoAsTheyShouldIsNotDown() {
        for (String state : List.of("stalled", "contested")) {
            assertThat(alerts(NOW, List.of(link(NOW, state, 1, 0)), 60))
                    .containsExactly("warning: dm on port 8886 is " + state);
        }
    }

    @Test
    void aProcessThatSaysNothingHangs() {
        assertThat(alerts(NOW + 60_000, List.of(link(NOW, "connected", 1, 0)), 0))
                .containsExactly("critical: dm on port 8886 hangs: its process does not respond");
    }

    @Test
    void aProcessThatIsGoneIsToldOfForTenMinutes() {
        alerts(NOW, List.of(link(NOW, "connected", 1, 0)), 0);
        assertThat(alerts(NOW + 1000, List.of(), 0))
                .containsExactly("critical: dm on port 8886 has ended: its process is gone");
        assertThat(alerts(NOW + 601_000, List.of(), 0)).isEmpty();
    }

    @Test
    void skippedFramesAreToldOfForTenSeconds() {
        alerts(NOW, List.of(link(NOW, "connected", 1, 5)), 0);
        assertThat(alerts(NOW + 1000, List.of(link(NOW + 1000, "connected", 2, 8)), 0))
                .containsExactly("warning: dm on port 8886 skipped 3 frames in 10 s");
        assertThat(alerts(NOW + 12_000, List.of(link(NOW + 12_000, "connected", 3, 8)), 0))
                .isEmpty();
        assertThat(alerts(NOW + 13_000, List.of(link(NOW + 13_000, "connected", 4, 9)), 0))
                .containsExactly("warning: dm on port 8886 skipped 1 frame in 10 s");
    }

    @Test
    void aStreamThatHadFramesAndHasNoneIsStale() {
        alerts(NOW, List.of(link(NOW, "connected", 1, 0)), 0);
        alerts(NOW + 1000, List.of(link(NOW + 1000, "connected", 2, 0)), 0);
        assertThat(alerts(NOW + 7000, List.of(link(NOW + 7000, "connected", 2, 0)), 6))
                .containsExactly("warning: dm is stale: no frame for 6 s");
    }

    @Test
    void aStreamThatNeverHadFramesIsNotStale() {
        alerts(NOW, List.of(link(NOW, "connected", 1, 0)), 900);
        assertThat(alerts(NOW + 7000, List.of(link(NOW + 7000, "connected", 1, 0)), 907)).isEmpty();
    }

    @Test
    void aLinkKeepsItsNameWhenItsProcessIsStartedAnew() {
        String id = book.update(NOW, List.of(link(NOW, "connected", 1, 0))).getFirst().id();
        assertThat(id).isEqualTo("rx 8886");
    }

    private static LinkStatus subscription(String stream, long nowMs, long frames, long skipped) {
        return link("sub", stream, "rtc:8886", nowMs, "connected", frames, skipped);
    }

    @Test
    void subscriptionsToOnePortAreToldApart() {
        List<LinkStatus> statuses =
                List.of(subscription("cam", NOW, 1, 0), subscription("dm", NOW, 1, 0));
        assertThat(book.update(NOW, statuses))
                .extracting(Overview.Link::id)
                .containsExactly("sub cam rtc:8886", "sub dm rtc:8886");
    }

    /** It requests the newest frame, so it leaves out frames by design. */
    @Test
    void framesThatASubscriptionSkipsAreNoNews() {
        alerts(NOW, List.of(subscription("dm", NOW, 1, 5)), 0);
        assertThat(alerts(NOW + 1000, List.of(subscription("dm", NOW + 1000, 2, 95)), 0)).isEmpty();
        assertThat(alerts(NOW + 2000, List.of(), 0))
                .containsExactly("critical: dm from rtc:8886 has ended: its process is gone");
    }

    @Test
    void aPublisherThatNobodyViewsIsNoNews() {
        LinkStatus before = link("pub", "dm", null, NOW, "publishing", 1, 0);
        LinkStatus after = link("pub", "dm", null, NOW + 1000, "publishing", 9, 0);
        LinkStatus later = link("pub", "dm", null, NOW + 9000, "publishing", 9, 0);
        assertThat(book.update(NOW, List.of(before)).getFirst().id()).isEqualTo("pub 8886");
        assertThat(alerts(NOW + 1000, List.of(after), 0)).isEmpty();
        assertThat(alerts(NOW + 9000, List.of(later), 8)).isEmpty();
        assertThat(alerts(NOW + 20_000, List.of(later), 8))
                .containsExactly(
                        "critical: the publisher on port 8886 hangs: its process does not"
                                + " respond");
    }
}
