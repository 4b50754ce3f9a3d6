package org.shmimtcp.web;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.AgeCounts;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.StreamStatus;

/**
 * The monitor's newest overview for Prometheus, in base units; names of counters end in {@code
 * _total}. docs/web.md documents the names; the dashboard and the alert rules beside it use them.
 */
final class Metrics {
    private static final String LINK = "shmimtcp_link_";
    private static final String PUBLISHER = "shmimtcp_publisher_";
    private static final String STREAM = "shmimtcp_stream_";
    private static final double US = 1e-6;

    private final Monitor monitor;
    private final ExpositionFormats formats = ExpositionFormats.init();

    Metrics(Monitor monitor) {
        this.monitor = monitor;
    }

    /**
     * Writes all metrics.
     *
     * @param accept the request's Accept header
     * @return the content type
     */
    String write(@Nullable String accept, OutputStream out) throws IOException {
        ExpositionFormatWriter writer = formats.findWriter(accept);
        Overview overview = monitor.overview();
        writer.write(out, overview == null ? MetricSnapshots.builder().build() : of(overview));
        return writer.getContentType();
    }

    static MetricSnapshots of(Overview overview) {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        Map<Labels, Overview.Link> links = new LinkedHashMap<>();
        overview.links().forEach(link -> links.putIfAbsent(labels(link.status()), link));
        addLinks(all, links);
        addPublishers(all, links);
        Map<Labels, StreamStatus> streams = new LinkedHashMap<>();
        overview.streams().forEach(s -> streams.put(Labels.of("stream", s.name()), s));
        addStreams(all, streams);
        return all.build();
    }

    /**
     * Returns the labels of a link, without the peer of a receiver: its port changes with each
     * connection and would start another time series. A publisher has no peer.
     */
    private static Labels labels(LinkStatus s) {
        String peer = s.peer();
        return Labels.of(
                "end", s.kind(),
                "peer", s.connects() && peer != null ? peer : "",
                "port", Integer.toString(s.port()),
                "stream", s.stream());
    }

    private static void addLinks(MetricSnapshots.Builder all, Map<Labels, Overview.Link> links) {
        gauge(
                all,
                links,
                LINK + "up",
                "1 if the link is connected, or nobody uses the copy.",
                l -> l.isUp() ? 1 : 0);
        gauge(
                all,
                links,
                LINK + "unused",
                "1 while no frames are received because nobody uses the copy.",
                l -> l.isUp() && l.status().rests() ? 1 : 0);
        count(all, links, "frames_in", "Frames published at the source.", LinkStatus::framesIn);
        count(
                all,
                links,
                "frames_out",
                "Frames sent, or published by a receiver or subscription.",
                LinkStatus::framesOut);
        count(all, links, "skipped_frames", "Frames not forwarded.", LinkStatus::skipped);
        count(all, links, "repeated_frames", "Frames that arrived twice.", LinkStatus::repeated);
        count(all, links, "damaged_messages", "Wrong checksums.", LinkStatus::damaged);
        count(all, links, "refused_visitors", "Connections refused.", LinkStatus::refused);
        count(
                all,
                links,
                "reconnections",
                "Connections after the first.",
                LinkStatus::reconnections);
        gauge(
                all,
                links,
                LINK + "bytes_per_second",
                "Recent bytes per second.",
                l -> l.status().megabytesPerS() * 1e6);
        ages(all, links);
        gauge(
                all,
                links,
                LINK + "clock_offset_seconds",
                "The other machine's clock minus this one's.",
                l -> seconds(l.status().clockOffsetUs()));
        gauge(
                all,
                links,
                LINK + "clock_error_seconds",
                "Maximum error of the clock offset.",
                l -> seconds(l.status().clockErrorUs()));
        gauge(
                all,
                links,
                LINK + "round_trip_seconds",
                "Shortest recent round trip.",
                l -> seconds(l.status().roundTripUs()));
        gauge(
                all,
                links,
                LINK + "state_start_timestamp_seconds",
                "Start of the current state.",
                l -> l.status().sinceMs() / 1e3);
    }

    private static void addPublishers(
            MetricSnapshots.Builder all, Map<Labels, Overview.Link> links) {
        gauge(
                all,
                links,
                PUBLISHER + "clients",
                "Clients that have requested a stream.",
                l -> {
                    Integer clients = l.status().clients();
                    return clients == null ? Double.NaN : l.ended() ? 0 : clients;
                });
        Map<Labels, Double> rates = new LinkedHashMap<>();
        for (Overview.Link link : links.values()) {
            List<LinkEnd.View> views = link.status().views();
            if (views == null || link.ended()) {
                continue;
            }
            for (LinkEnd.View view : views) {
                Labels labels =
                        Labels.of(
                                "client", machine(view.client()),
                                "port", Integer.toString(link.status().port()),
                                "stream", view.stream());
                rates.merge(labels, view.perS(), Double::sum);
            }
        }
        gauge(
                all,
                rates,
                PUBLISHER + "client_frames_per_second",
                "Recent frames per second sent to the clients on one machine.",
                rate -> rate);
    }

    /** Returns an address without its port, which would start a time series for each connection. */
    private static String machine(String client) {
        int colon = client.lastIndexOf(':');
        return colon < 0 ? client : client.substring(0, colon);
    }

    private static void addStreams(MetricSnapshots.Builder all, Map<Labels, StreamStatus> streams) {
        gauge(
                all,
                streams,
                STREAM + "usable",
                "1 if the stream can be used.",
                s -> s.fault() == null ? 1 : 0);
        CounterSnapshot.Builder frames =
                CounterSnapshot.builder().name(STREAM + "frames").help("Frames written (cnt0).");
        streams.forEach((labels, s) -> {
            if (s.fault() == null) {
                frames.dataPoint(point(labels, s.cnt0()));
            }
        });
        all.metricSnapshot(frames.build());
        gauge(
                all,
                streams,
                STREAM + "rate_hertz",
                "Recent frames written per second.",
                s -> known(s.rateHz()));
        gauge(
                all,
                streams,
                STREAM + "age_seconds",
                "Time since the newest frame was written.",
                s -> known(s.ageS()));
        gauge(
                all,
                streams,
                STREAM + "waiters",
                "Processes that wait for its semaphores.",
                s -> s.waiters().size());
    }

    private static <T> void gauge(
            MetricSnapshots.Builder all,
            Map<Labels, T> of,
            String name,
            String help,
            ToDoubleFunction<T> value) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        of.forEach((labels, one) -> {
            double now = value.applyAsDouble(one);
            if (!Double.isNaN(now)) { // Prometheus convention: no sample for an unknown value
                gauge.dataPoint(GaugeDataPointSnapshot.builder().labels(labels).value(now).build());
            }
        });
        all.metricSnapshot(gauge.build());
    }

    private static void count(
            MetricSnapshots.Builder all,
            Map<Labels, Overview.Link> links,
            String name,
            String help,
            ToLongFunction<LinkStatus> value) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(LINK + name).help(help);
        links.forEach((labels, link) ->
                counter.dataPoint(point(labels, value.applyAsLong(link.status()))));
        all.metricSnapshot(counter.build());
    }

    private static CounterDataPointSnapshot point(Labels labels, long value) {
        return CounterDataPointSnapshot.builder()
                .labels(labels)
                .value((double) Math.max(0, value))
                .build();
    }

    /** Adds the frame ages of receivers. A transmitter does not know when its frames arrive. */
    private static void ages(MetricSnapshots.Builder all, Map<Labels, Overview.Link> links) {
        HistogramSnapshot.Builder histogram =
                HistogramSnapshot.builder()
                        .name(LINK + "age_seconds")
                        .help("Age of the frames on arrival, since they were written.");
        links.forEach((labels, link) -> {
            AgeCounts ages = link.status().ages();
            if (ages != null) {
                histogram.dataPoint(
                        HistogramDataPointSnapshot.builder()
                                .labels(labels)
                                .classicHistogramBuckets(buckets(ages))
                                .sum(ages.sumS())
                                .build());
            }
        });
        all.metricSnapshot(histogram.build());
    }

    /** Returns buckets that are not cumulative; the text formats accumulate them. */
    private static ClassicHistogramBuckets buckets(AgeCounts ages) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < ages.limitsUs().size(); i++) {
            // Divided, not multiplied: a limit of 150 µs must print as 1.5E-4, not
            // 1.4999999999999999E-4.
            buckets.bucket(ages.limitsUs().get(i) / 1e6, ages.frames().get(i));
        }
        return buckets.bucket(Double.POSITIVE_INFINITY, ages.frames().getLast()).build();
    }

    private static double seconds(@Nullable Double us) {
        return us == null ? Double.NaN : us * US;
    }

    private static double known(@Nullable Double value) {
        return value == null ? Double.NaN : value;
    }
}
