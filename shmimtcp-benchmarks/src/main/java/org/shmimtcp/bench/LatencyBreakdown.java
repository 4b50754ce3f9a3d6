package org.shmimtcp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmimtcp.posix.Clock;

/**
 * The duration of each step of the frames: from when they were due, by the source's, our own and
 * the sink's time stamps.
 *
 * @param steps in their order, each from the end of the one before
 * @param handedOver part of the step "received": until the transmitter's kernel had taken the frame
 * @param all of them together, which is the latency
 */
record LatencyBreakdown(
        String load, String pair, int frames, List<Step> steps, Step handedOver, Step all) {
    private static final double NS_PER_US = 1e3;
    private static final int SLOWEST = 100;

    private static final List<String> NAMES =
            List.of("due, written", "woken", "copied", "received", "checked", "published", "read");

    private static final int COPIED = 2;

    /**
     * One step, us. Means add up to that of the latency, percentiles don't.
     *
     * @param slowestMean the mean of those frames whose latency was among the longest 1 %
     */
    record Step(String name, double p50, double p99, double max, double mean, double slowestMean) {
        /** Of times in ns, those of the frames with the shortest latency first. */
        static Step of(String name, long[] ns) {
            int slowest = Math.max(1, ns.length / SLOWEST);
            long[] sorted = ns.clone();
            Arrays.sort(sorted);
            return new Step(
                    name,
                    sorted[sorted.length / 2] / NS_PER_US,
                    sorted[(int) (sorted.length * 0.99)] / NS_PER_US,
                    sorted[sorted.length - 1] / NS_PER_US,
                    Arrays.stream(ns).average().orElseThrow() / NS_PER_US,
                    Arrays.stream(ns, ns.length - slowest, ns.length).average().orElseThrow()
                            / NS_PER_US);
        }

        String line() {
            return String.format(
                    Locale.ROOT,
                    "    %-20s %9.1f %9.1f %9.1f %9.1f %12.1f",
                    name,
                    p50,
                    p99,
                    max,
                    mean,
                    slowestMean);
        }
    }

    /** When a frame came how far, ns of CLOCK_TAI. */
    private record Frame(List<Long> atNs, long handedOverNs) {
        long latencyNs() {
            return atNs.getLast() - atNs.getFirst();
        }
    }

    /**
     * Puts together what all four know of a frame.
     *
     * @param transmitter file of {@code --steps}
     * @param receiver the same of the other end
     */
    static LatencyBreakdown of(
            String load, String pair, List<Sighting> sightings, Path transmitter, Path receiver)
            throws IOException {
        return of(load, pair, sightings, Clock.wallMinusMonotonicNs(), transmitter, receiver);
    }

    /** The same, of sightings on another clock that is so much behind. */
    static LatencyBreakdown of(
            String load,
            String pair,
            List<Sighting> sightings,
            long offsetNs,
            Path transmitter,
            Path receiver)
            throws IOException {
        Map<Long, String[]> sent = rows(transmitter);
        Map<Long, String[]> received = rows(receiver);
        List<Frame> frames = new ArrayList<>();
        for (Sighting s : sightings) {
            String[] there = sent.get(s.number());
            String[] here = received.get(s.number());
            if (there != null && here != null && isKnown(there, 1, 4) && isKnown(here, 5, 7)) {
                frames.add(
                        new Frame(
                                List.of(
                                        s.dueNs() + offsetNs,
                                        Long.parseLong(there[1]),
                                        Long.parseLong(there[2]),
                                        Long.parseLong(there[3]),
                                        Long.parseLong(here[5]),
                                        Long.parseLong(here[6]),
                                        Long.parseLong(here[7]),
                                        s.seenNs() + offsetNs),
                                Long.parseLong(there[4])));
            }
        }
        if (frames.isEmpty()) {
            throw new IllegalStateException("no frame of " + load + " in " + transmitter);
        }
        frames.sort(Comparator.comparingLong(Frame::latencyNs));
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < NAMES.size(); i++) {
            int step = i;
            steps.add(
                    Step.of(
                            NAMES.get(step),
                            frames.stream()
                                    .mapToLong(f -> f.atNs.get(step + 1) - f.atNs.get(step))
                                    .toArray()));
        }
        return new LatencyBreakdown(
                load,
                pair,
                frames.size(),
                steps,
                Step.of(
                        "(copied, sent)",
                        frames.stream()
                                .mapToLong(f -> f.handedOverNs - f.atNs.get(COPIED + 1))
                                .toArray()),
                Step.of("all", frames.stream().mapToLong(Frame::latencyNs).toArray()));
    }

    /** True if the frame has these columns; a time that is not known is empty. */
    private static boolean isKnown(String[] columns, int first, int last) {
        return Arrays.stream(columns, first, last + 1).noneMatch(String::isEmpty);
    }

    /** The columns of each frame, by its cnt0. */
    private static Map<Long, String[]> rows(Path file) throws IOException {
        Map<Long, String[]> rows = new HashMap<>();
        for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
            String[] columns = line.split(",", -1);
            rows.put(Long.parseLong(columns[0]), columns);
        }
        return rows;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(
                        Locale.ROOT,
                        "  %-22s %9s %9s %9s %9s %12s",
                        "steps of " + pair + ", us",
                        "p50",
                        "p99",
                        "max",
                        "mean",
                        "slowest 1 %"));
        for (Step step : steps) {
            lines.add(step.line());
            if (step.name.equals("copied")) {
                lines.add(handedOver.line());
            }
        }
        lines.add(all.line());
        return lines;
    }
}
