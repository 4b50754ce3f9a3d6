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

    private ImageTime(Instant stamp, Duration age) {
        this.stamp = stamp;
        this.age = age;
    }

    static ImageTime of(Instant stamp) {
        return at(stamp, nowTai());
    }

    private static long taiMinusUtcS() {
        return Math.round(Duration.between(Instant.now(), nowTai()).toMillis() / 1e3);
    }

    private static Instant nowTai() {
        Clock.Wall now = new Clock.Wall().read();
        return Instant.ofEpochSecond(now.seconds(), now.nanos());
    }

    static ImageTime at(Instant stamp, Instant nowTai) {
        return new ImageTime(stamp, Duration.between(stamp, nowTai));
    }

    /** False for a stamp of zero: what it would tell has not happened yet. */
    boolean isSet() {
        return stamp.getEpochSecond() != 0;
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
        return UTC.format(stamp.minusSeconds(taiMinusUtcS())) + " (" + ago + ")";
    }
}
