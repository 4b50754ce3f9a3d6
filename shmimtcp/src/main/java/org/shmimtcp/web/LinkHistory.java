package org.shmimtcp.web;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.status.LinkStatus;

/** The last hour of each link, one point per second, in constant memory. Thread-safe. */
final class LinkHistory {
    private static final int POINTS = 3600;
    private static final int MAX_LINKS = 512;

    /**
     * The points that a browser plots; an unknown value is null.
     *
     * @param timeS Unix times in s
     */
    record Points(
            List<Long> timeS,
            List<@Nullable Double> ageP50Us,
            List<@Nullable Double> ageP99Us,
            List<@Nullable Double> inPerS,
            List<@Nullable Double> outPerS) {}

    private static final class Ring {
        final long[] timeS = new long[POINTS];
        final float[][] values = new float[4][POINTS];
        long count;

        void add(long nowS, float... point) {
            int at = (int) (count++ % POINTS);
            timeS[at] = nowS;
            for (int i = 0; i < point.length; i++) {
                values[i][at] = point[i];
            }
        }

        int size() {
            return (int) Math.min(count, POINTS);
        }

        int index(int i) {
            return (int) ((count - size() + i) % POINTS);
        }
    }

    private final Map<String, Ring> rings = new HashMap<>();

    /** Adds a point for each link; a gap if its process has ended or hangs. */
    synchronized void add(long nowMs, List<Overview.Link> links) {
        for (Overview.Link link : links) {
            Ring ring = rings.get(link.id());
            if (ring == null && rings.size() < MAX_LINKS) {
                ring = new Ring();
                rings.put(link.id(), ring);
            }
            if (ring == null) {
                continue;
            }
            LinkStatus s = link.status();
            if (link.ended() || link.hangs()) {
                ring.add(nowMs / 1000, Float.NaN, Float.NaN, Float.NaN, Float.NaN);
            } else {
                ring.add(
                        nowMs / 1000,
                        known(s.ageP50Us()),
                        known(s.ageP99Us()),
                        (float) s.inPerS(),
                        (float) s.outPerS());
            }
        }
        rings.values()
                .removeIf(ring -> nowMs / 1000 - ring.timeS[ring.index(ring.size() - 1)] > POINTS);
    }

    private static float known(@Nullable Double value) {
        return value == null ? Float.NaN : value.floatValue();
    }

    /** Returns the last hour of a link; null if the link is unknown. */
    synchronized @Nullable Points of(String id) {
        Ring ring = rings.get(id);
        if (ring == null) {
            return null;
        }
        Points points =
                new Points(
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>(),
                        new ArrayList<>());
        for (int i = 0; i < ring.size(); i++) {
            int at = ring.index(i);
            points.timeS().add(ring.timeS[at]);
            points.ageP50Us().add(rounded(ring.values[0][at]));
            points.ageP99Us().add(rounded(ring.values[1][at]));
            points.inPerS().add(rounded(ring.values[2][at]));
            points.outPerS().add(rounded(ring.values[3][at]));
        }
        return points;
    }

    /** Rounds to one decimal: shorter to send, and still finer than a plot shows. */
    private static @Nullable Double rounded(float value) {
        return Float.isNaN(value) ? null : Math.rint(value * 10.0) / 10;
    }
}
