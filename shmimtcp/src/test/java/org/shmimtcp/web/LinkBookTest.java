package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.shmimtcp.settings.AlertSettings;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.StreamStatus;

/** Which states raise an alert. */
class LinkBookTest {
    private static final long NOW = 1_000_000_000L;

    private AlertRules rules = AlertRules.DEFAULT;
    private final LinkBook book = new LinkBook(() -> rules);

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
        return link(kind, stream, peer, nowMs, state, frames, skipped, null);
    }

    private static LinkStatus link(
            String kind,
            String stream,
            @Nullable String peer,
            long nowMs,
            String state,
            long frames,
            long skipped,
            @Nullable List<String> origins) {
        return new LinkStatus(
                kind,
                stream,
                peer,
                8886,
                "native",
                false,
                state,
                NOW,
                frames + skipped,
                frames,
                100,
                100,
                1,
                skipped,
                0,
                0,
                0,
                0,
                10.0,
                20.0,
                null,
                null,
                null,
                null,
                null,
                null,
                origins,
                null,
                0,
                42,
                7,
                "rtc",
                "1",
                nowMs);
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
    void aWantedStreamThatWasNeverFoundNamesNoPort() {
        LinkStatus lost = link("rx", "dm", null, NOW, "waiting", 0, 0, List.of());
        assertThat(alerts(NOW, List.of(lost), 0))
                .containsExactly("critical: dm from another host is down: waiting");
    }

    @Test
    void aWantedStreamIsNamedByTheHostThatSendsIt() {
        LinkStatus found = link("rx", "dm", "10.0.0.2:8890", NOW, "waiting", 1, 0, List.of("x"));
        assertThat(alerts(NOW, List.of(found), 0))
                .containsExactly("critical: dm from 10.0.0.2:8890 is down: waiting");
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

    /** A link that in each second has 100 frames, of which it skips some. */
    private List<String> alertsWhileSkipping(int seconds, double eachSecond) {
        List<String> newest = List.of();
        for (int s = 0; s <= seconds; s++) {
            long skipped = Math.round(s * eachSecond);
            long nowMs = NOW + 1000L * s;
            newest =
                    alerts(
                            nowMs,
                            List.of(link(nowMs, "connected", 100L * s - skipped, skipped)),
                            0);
        }
        return newest;
    }

    @Test
    void aFewSkippedFramesAreNoNews() {
        assertThat(alertsWhileSkipping(120, 1)).isEmpty(); // one in a hundred, not more
    }

    @Test
    void moreThanOneSkippedFrameInAHundredIsNews() {
        assertThat(alertsWhileSkipping(120, 1.5))
                .containsExactly(
                        "warning: dm on port 8886 skipped 1.50 % of its frames in the last minute"
                                + " (90)");
    }

    @Test
    void skippedFramesAreForgottenAfterAMinute() {
        alerts(NOW, List.of(link(NOW, "connected", 0, 0)), 0);
        assertThat(alerts(NOW + 1000, List.of(link(NOW + 1000, "connected", 90, 10)), 0))
                .containsExactly(
                        "warning: dm on port 8886 skipped 10.0 % of its frames in the last minute"
                                + " (10)");
        assertThat(alerts(NOW + 62_000, List.of(link(NOW + 62_000, "connected", 190, 10)), 0))
                .isEmpty();
    }

    @Test
    void twoSkippedFramesOfASlowStreamAreNoNews() {
        alerts(NOW, List.of(link(NOW, "connected", 0, 0)), 0);
        assertThat(alerts(NOW + 9000, List.of(link(NOW + 9000, "connected", 7, 2)), 0)).isEmpty();
        assertThat(alerts(NOW + 9500, List.of(link(NOW + 9500, "connected", 7, 3)), 0))
                .containsExactly(
                        "warning: dm on port 8886 skipped 30.0 % of its frames in the last minute"
                                + " (3)");
    }

    @Test
    void countsThatBeginAgainAreNoSkippedFrames() {
        alerts(NOW, List.of(link(NOW, "connected", 10_000, 0)), 0);
        assertThat(alerts(NOW + 1000, List.of(link(NOW + 1000, "connected", 5, 50)), 0)).isEmpty();
    }

    @Test
    void theThresholdCanBeChanged() {
        rules =
                AlertRules.of(
                        AlertSettings.DEFAULT.with(AlertSettings.SKIPPED, 5.0), status -> false);
        assertThat(alertsWhileSkipping(20, 4)).isEmpty();
        assertThat(alertsWhileSkipping(20, 6)).hasSize(1);
    }

    @Test
    void aLinkWithALimitedRateSkipsOnPurpose() {
        rules = AlertRules.of(AlertSettings.DEFAULT, status -> status.port() == 8886);
        assertThat(alertsWhileSkipping(20, 90)).isEmpty();
    }

    @Test
    void aCopyThatHadFramesAndHasNoneIsStale() {
        alerts(NOW, List.of(link(NOW, "connected", 1, 0)), 0);
        alerts(NOW + 1000, List.of(link(NOW + 1000, "connected", 2, 0)), 0);
        assertThat(alerts(NOW + 7000, List.of(link(NOW + 7000, "connected", 2, 0)), 6))
                .containsExactly("warning: the copy of dm on rtc is stale: no frame for 6 s");
    }

    @Test
    void aSourceThatHadFramesAndHasNoneIsStaleOnceForAllItsLinks() {
        for (int s = 0; s < 2; s++) {
            alerts(
                    NOW + s,
                    List.of(link("tx", "dm", "10.0.0.1:4711", NOW + s, "connected", s, 0)),
                    0);
        }
        List<LinkStatus> two =
                List.of(
                        link("tx", "dm", "10.0.0.1:4711", NOW + 7000, "connected", 1, 0),
                        link("tx", "dm", "10.0.0.1:4711", NOW + 7000, "connected", 1, 0));
        assertThat(alerts(NOW + 7000, two, 6))
                .containsExactly("warning: dm on rtc is stale: no frame for 6 s");
    }

    @Test
    void theTimeToBeStaleCanBeChanged() {
        rules =
                AlertRules.of(
                        AlertSettings.DEFAULT.with(AlertSettings.STALE, 60.0), status -> false);
        alerts(NOW, List.of(link(NOW, "connected", 1, 0)), 0);
        alerts(NOW + 1000, List.of(link(NOW + 1000, "connected", 2, 0)), 0);
        assertThat(alerts(NOW + 9000, List.of(link(NOW + 9000, "connected", 2, 0)), 8)).isEmpty();
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

    private List<String> hostAlerts(HostBook hosts, OtherHost... answers) {
        return hosts.alerts(hosts.update(List.of(answers))).stream()
                .map(alert -> alert.level() + ": " + alert.text())
                .toList();
    }

    @Test
    void linksOfOtherHostsAreJudgedByTheirClock() {
        HostBook hosts = new HostBook(() -> rules);
        long there = NOW - 500_000;
        for (int s = 0; s < 2; s++) {
            LinkStatus good = link(there + 1000L * s, "connected", s, 0);
            assertThat(
                            hostAlerts(
                                    hosts,
                                    new OtherHost("RTC", there + 1000L * s, List.of(good), "")))
                    .isEmpty();
        }
        LinkStatus still = link(there + 7000, "connected", 1, 0);
        assertThat(hostAlerts(hosts, new OtherHost("RTC", there + 7000, List.of(still), "")))
                .containsExactly("warning: RTC: the copy of dm on rtc is stale: no frame for 6 s");
        LinkStatus down = link(there + 8000, "waiting", 1, 0);
        assertThat(hostAlerts(hosts, new OtherHost("RTC", there + 8000, List.of(down), "")))
                .containsExactly("critical: RTC: dm on port 8886 is down: waiting");
    }

    @Test
    void aHostThatNoLongerAnswersIsAnAlertAndOneThatNeverDidIsNone() {
        HostBook hosts = new HostBook(() -> rules);
        OtherHost never = new OtherHost("ICC", NOW, null, "no answer");
        assertThat(hostAlerts(hosts, never, new OtherHost("RTC", NOW, List.of(), ""))).isEmpty();
        assertThat(hostAlerts(hosts, never, new OtherHost("RTC", NOW, null, "refused")))
                .containsExactly("warning: RTC does not answer: refused");
    }
}
