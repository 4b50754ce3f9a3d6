package org.shmimtcp.image;

import java.time.Duration;
import java.time.Instant;
import org.shmimtcp.posix.Clock;

/**
 * Determines how long ago a stream's newest frame was written, for programs that look at the stream
 * now and then. It combines the time stamp in the image with observations of the counter: not all
 * writers set the stamp, and a stream may show the stamp of an earlier writer. It gives no age
 * rather than a wrong one.
 *
 * <p>{@link WriteClock} does this for programs that see each frame. Not thread-safe.
 */
public final class StreamAge {
    /** Returned by {@link #ns} for an unknown age. */
    public static final long UNKNOWN = -1;

    /** Tolerance between a writer's time stamp and this program's clock. */
    private static final Duration CLOCK_SLACK = Duration.ofSeconds(1);

    private static final Duration MAX_AGE = Duration.ofDays(3650);

    private final Image image;
    private final Clock.Wall wall = new Clock.Wall();

    private long changedNs;
    private boolean changed;

    /**
     * Starts without observations: only the time stamp counts.
     *
     * @param image must stay open while this object is used
     */
    public StreamAge(Image image) {
        this.image = image;
    }

    /**
     * Records that the counter changed.
     *
     * @param sinceNs the earliest time at which it can have changed, on {@link Clock#monotonicNs}
     */
    public void changed(long sinceNs) {
        changedNs = sinceNs;
        changed = true;
    }

    /**
     * Returns the age by the time stamp, limited by the time since the counter was last seen to
     * change.
     *
     * @param nowNs on {@link Clock#monotonicNs}
     * @return ns, or {@link #UNKNOWN}
     * @throws ImageException.Truncated if the file was truncated
     */
    public long ns(long nowNs) {
        long stamped = byStampNs();
        if (!changed) {
            return stamped;
        }
        long seen = nowNs - changedNs;
        return stamped == UNKNOWN ? seen : Math.min(stamped, seen);
    }

    private long byStampNs() {
        Instant written = image.written();
        if (written.equals(Instant.EPOCH) || !written.isAfter(image.created())) {
            return UNKNOWN;
        }
        wall.read();
        Duration age =
                Duration.between(written, Instant.ofEpochSecond(wall.seconds(), wall.nanos()));
        boolean plausible = age.plus(CLOCK_SLACK).isPositive() && age.compareTo(MAX_AGE) <= 0;
        return plausible ? Math.max(0, age.toNanos()) : UNKNOWN;
    }
}
