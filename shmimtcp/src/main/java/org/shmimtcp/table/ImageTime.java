package org.shmimtcp.table;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.shmimtcp.posix.Clock;

/**
 * A time stamp of an image, relative to now. Stamps are in CLOCK_TAI, which is ahead of UTC by
 * whole seconds: 37, or 0 on a machine whose kernel was not told the offset.
 */
public final class ImageTime {
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS 'UTC'")
                    .withZone(ZoneOffset.UTC);

    /**
     * Tolerance for differences between cores' clocks, and for a writer that is just writing its
     * stamp.
     */
    private static final double SLACK_S = 1;

    private final Instant stamp;
    private final Duration age;
    private final Duration taiMinusUtc;

    private ImageTime(Instant stamp, Duration age, Duration taiMinusUtc) {
        this.stamp = stamp;
        this.age = age;
        this.taiMinusUtc = taiMinusUtc;
    }

    public static ImageTime of(Instant stamp) {
        Clock.Wall now = new Clock.Wall().read();
        return at(stamp, Instant.ofEpochSecond(now.seconds(), now.nanos()), Instant.now());
    }

    /**
     * Compares a stamp with the present.
     *
     * @param nowTai current time on the clock of the stamps
     * @param nowUtc the same moment in UTC, or slightly later
     */
    public static ImageTime at(Instant stamp, Instant nowTai, Instant nowUtc) {
        // In whole seconds, because the time between the two clock readings is not part of the
        // offset.
        long offsetS = Math.round(Duration.between(nowUtc, nowTai).toMillis() / 1e3);
        Duration age = Duration.between(stamp, nowTai);
        return new ImageTime(stamp, age, Duration.ofSeconds(offsetS));
    }

    /** False for a stamp of zero: the event has not happened yet. */
    public boolean isSet() {
        return stamp.getEpochSecond() != 0;
    }

    /** True if the stamp can lie within the last {@code ns} nanoseconds. */
    public boolean isWithin(long ns) {
        double seconds = age.getSeconds() + age.getNano() * 1e-9;
        return seconds > -SLACK_S && seconds < ns * 1e-9 + SLACK_S;
    }

    /** Returns the age, for example {@code 0.4 ms}, or {@code never}. */
    public String age() {
        double seconds = age.getSeconds() + age.getNano() * 1e-9;
        if (!isSet()) {
            return "never";
        }
        return seconds < -SLACK_S ? "in future" : Humane.duration(Math.max(0, seconds));
    }

    /** Returns the time in UTC, and the age. */
    public String full() {
        if (!isSet()) {
            return "never";
        }
        String ago = age().equals("in future") ? age() : age() + " ago";
        return UTC.format(stamp.minus(taiMinusUtc)) + " (" + ago + ")";
    }
}
