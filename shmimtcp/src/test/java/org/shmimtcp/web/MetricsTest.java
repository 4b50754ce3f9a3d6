package org.shmimtcp.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.shmimtcp.link.AgeCounts;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.StreamStatus;
import org.shmimtcp.testing.Project;
import tools.jackson.jr.ob.JSON;

/** The metrics for Prometheus, and their use in docs/. */
class MetricsTest {
    private static final Path DOCS = Project.ROOT.resolve("docs");
    private static final List<LinkEnd.View> VIEWS =
            List.of(
                    new LinkEnd.View("10.0.0.7:4711", "cam", 10),
                    new LinkEnd.View("10.0.0.7:4712", "cam", 7.5),
                    new LinkEnd.View("[fe80::1]:4711", "cam", 0.5));

    private static final Pattern NAME = Pattern.compile("shmimtcp_[a-z0-9_]+");

    private static LinkStatus link(String kind, @Nullable AgeCounts ages) {
        return link(kind, "10.0.0.1:4711", ages, null);
    }

    private static LinkStatus link(
            String kind,
            @Nullable String peer,
            @Nullable AgeCounts ages,
            @Nullable List<LinkEnd.View> views) {
        return new LinkStatus(
                kind,
                "dm",
                peer,
                8886,
                "native",
                false,
                "connected",
                1_700_000_000_000L,
                104,
                100,
                100,
                100,
                1.5,
                4,
                0,
                0,
                0,
                2,
                120.0,
                240.0,
                ages,
                12.0,
                3.0,
                60.0,
                views == null ? null : views.size() + 1,
                views,
                null,
                null,
                0,
                42,
                7,
                "rtc",
                "1",
                1_700_000_001_000L);
    }

    private static String text() throws IOException {
        var counts = new AgeCounts(List.of(100.0, 150.0, 1e7), List.of(40L, 55L, 4L, 1L), 0.25);
        var stream =
                new StreamStatus(
                        "dm", null, "5x5", "f32", 100.0, 0.01, 100, List.of(), List.of(), null);
        MetricSnapshots snapshots =
                Metrics.of(
                        new Overview(
                                1,
                                "rtc",
                                "/milk/shm",
                                null,
                                List.of(
                                        new Overview.Link(
                                                "rx 8886", false, false, link("rx", counts)),
                                        new Overview.Link(
                                                "sub dm rtc:8886",
                                                false,
                                                false,
                                                link("sub", "rtc:8886", null, null)),
                                        new Overview.Link(
                                                "pub 8886",
                                                false,
                                                false,
                                                link("pub", null, null, VIEWS))),
                                List.of(stream),
                                List.of(),
                                List.of()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrometheusTextFormatWriter.create().write(out, snapshots);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void publishersHaveClientsAndSubscriptionsAreLinks() throws IOException {
        assertThat(text())
                .contains(
                        "shmimtcp_link_up{end=\"sub\",peer=\"rtc:8886\",port=\"8886\",stream=\"dm\"} 1",
                        "shmimtcp_link_up{end=\"pub\",peer=\"\",port=\"8886\",stream=\"dm\"} 1",
                        "shmimtcp_publisher_clients{end=\"pub\",peer=\"\",port=\"8886\",stream=\"dm\"} 4",
                        "shmimtcp_publisher_client_frames_per_second{client=\"10.0.0.7\",port=\"8886\",stream=\"cam\"} 17.5",
                        "shmimtcp_publisher_client_frames_per_second{client=\"[fe80::1]\",port=\"8886\",stream=\"cam\"} 0.5")
                .doesNotContain("shmimtcp_publisher_clients{end=\"rx\"");
    }

    @Test
    void agesAreAHistogramInSeconds() throws IOException {
        String labels = "end=\"rx\",peer=\"\",port=\"8886\",stream=\"dm\"";
        assertThat(text())
                .contains("# TYPE shmimtcp_link_age_seconds histogram")
                .contains("shmimtcp_link_age_seconds_bucket{" + labels + ",le=\"1.0E-4\"} 40\n")
                .contains("shmimtcp_link_age_seconds_bucket{" + labels + ",le=\"1.5E-4\"} 95\n")
                .contains("shmimtcp_link_age_seconds_bucket{" + labels + ",le=\"10.0\"} 99\n")
                .contains("shmimtcp_link_age_seconds_bucket{" + labels + ",le=\"+Inf\"} 100\n")
                .contains("shmimtcp_link_age_seconds_count{" + labels + "} 100\n")
                .contains("shmimtcp_link_age_seconds_sum{" + labels + "} 0.25\n");
    }

    /** Returns the names of all series, as queries spell them. */
    private static Set<String> there() throws IOException {
        Set<String> names = new TreeSet<>();
        text().lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> names.add(line.split("[{ ]", 2)[0]));
        return names;
    }

    private static Set<String> namesIn(String text) {
        Set<String> names = new TreeSet<>();
        NAME.matcher(text).results().forEach(match -> names.add(match.group()));
        return names;
    }

    @Test
    void alertRulesAskForWhatThereIs() throws IOException {
        Set<String> asked = namesIn(Files.readString(DOCS.resolve("prometheus-alerts.yml")));
        assertThat(asked).hasSizeGreaterThan(5);
        assertThat(there()).containsAll(asked);
    }

    @Test
    void theDashboardAsksForWhatThereIs() throws IOException {
        List<String> queries = new ArrayList<>();
        collect(
                JSON.std.anyFrom(Files.readString(DOCS.resolve("grafana-dashboard.json"))),
                queries);
        Set<String> asked = namesIn(String.join(" ", queries));
        assertThat(asked).hasSizeGreaterThan(5);
        assertThat(there()).containsAll(asked);
    }

    private static void collect(Object node, List<String> queries) {
        switch (node) {
            case Map<?, ?> map ->
                    map.forEach((key, value) -> {
                        boolean query = key.equals("expr") || key.equals("query");
                        if (query && value instanceof String text) {
                            queries.add(text);
                        } else {
                            collect(value, queries);
                        }
                    });
            case List<?> list -> list.forEach(element -> collect(element, queries));
            case null, default -> {}
        }
    }

    @Test
    void thePageOnThemNamesEach() throws IOException {
        String page = Files.readString(DOCS.resolve("web.md"));
        for (String name : there()) {
            String plain = name.replaceFirst("_(bucket|count|sum)$", "");
            String tail = plain.replaceFirst("^shmimtcp_(link|stream)", "");
            assertThat(page)
                    .contains("`" + (page.contains("`" + plain + "`") ? plain : tail) + "`");
        }
    }
}
