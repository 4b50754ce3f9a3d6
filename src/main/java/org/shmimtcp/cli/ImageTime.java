package org.shmimtcp.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.shmimtcp.posix.Clock;

/**
 * A time stamp of an image, as seen now. The stamps are of CLOCK_TAI, which is ahead of UTC by
 * whole seconds: 37, or none where nobody told the kernel.
 */
final class ImageTime {
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS 'UTC'")
                    .withZone(ZoneOffset.UTC);

    /** Clocks of two cores, or of a writer in the middle of its stamp. */
    private static final double SLACK_S = 1;

    private final Instant stamp;
    private final Duration age;
    private final Duration taiMinusUtc;

    private ImageTime(Instant stamp, Duration age, Duration taiMinusUtc) {
        this.stamp = stamp;
        this.age = age;
        this.taiMinusUtc = taiMinusUtc;
    }

    static ImageTime of(Instant stamp) {
        Clock.Wall now = new Clock.Wall().read();
        return at(stamp, Instant.ofEpochSecond(now.seconds(), now.nanos()), Instant.now());
    }

    /**
     * @param nowTai what the clock of the stamps shows
     * @param nowUtc the same moment, or one just after it, in UTC
     */
    static ImageTime at(Instant stamp, Instant nowTai, Instant nowUtc) {
        // Whole seconds: the time between two readings of clocks is not part of the offset.
        long offsetS = Math.round(Duration.between(nowUtc, nowTai).toMillis() / 1e3);
        Duration age = Duration.between(stamp, nowTai);
        return new ImageTime(stamp, age, Duration.ofSeconds(offsetS));
    }

    /** False for a stamp of zero: what it would tell has not happened yet. */
    boolean isSet() {
        return stamp.getEpochSecond() != 0;
    }

    /** True if it can be a moment of the last so many ns. */
    boolean isWithin(long ns) {
        double seconds = age.getSeconds() + age.getNano() * 1e-9;
        return seconds > -SLACK_S && seconds < ns * 1e-9 + SLACK_S;
    }

    /** {@code 0.4 ms}; {@code never}. */
    String age() {
        double seconds = age.getSeconds() + age.getNano() * 1e-9;
        if (!isSet()) {
            return "never";
        }
        return seconds < -SLACK_S ? "in future" : Humane.duration(Math.max(0, seconds));
    }

    /** The time of day in UTC, and the age. */
    String full() {
        if (!isSet()) {
            return "never";
        }
        String ago = age().equals("in future") ? age() : age() + " ago";
        return UTC.format(stamp.minus(taiMinusUtc)) + " (" + ago + ")";
    }
}
