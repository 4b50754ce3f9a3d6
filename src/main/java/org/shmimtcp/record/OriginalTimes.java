package org.shmimtcp.record;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When the frames of a recording are due, as far apart as they were written. A step of the clock
 * between two of them is not waited for: forward or backward, it is shortened, and logged.
 */
final class OriginalTimes {
    /** Frames that were further apart are played so far apart. */
    static final long MAX_GAP_NS = TimeUnit.SECONDS.toNanos(5);

    private static final Logger LOG = LoggerFactory.getLogger(OriginalTimes.class);

    /** Between two passes over a file of one frame. */
    private static final long ONE_FRAME_GAP_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** A file whose times are nonsense is not worth more lines. */
    private static final int MAX_LINES = 10;

    private final Path file;
    private final long frameCount;
    private long dueNs;
    private long passStartNs;
    private long beforeNs;
    private int lines;

    /**
     * @param frameCount in the file, over which may be gone several times
     * @param startNs when the first frame is due
     */
    OriginalTimes(Path file, long frameCount, long startNs) {
        this.file = file;
        this.frameCount = frameCount;
        this.dueNs = startNs;
        this.passStartNs = startNs;
    }

    /**
     * When the next frame is due.
     *
     * @param number of the frame, counted from 0 over all passes
     * @param writtenNs when it was written; 0 if that is not known: then at once
     */
    long nextNs(long number, long writtenNs) {
        long frame = number % frameCount;
        if (frame == 0) {
            if (number > 0) {
                dueNs += passGapNs();
            }
            passStartNs = dueNs;
            beforeNs = writtenNs;
        } else if (writtenNs != 0) {
            dueNs += beforeNs == 0 ? 0 : gapNs(number, writtenNs);
            beforeNs = writtenNs;
        }
        return dueNs;
    }

    /** As long as it took from one frame to the next, on the average. */
    private long passGapNs() {
        return frameCount > 1
                ? Math.max(1, (dueNs - passStartNs) / (frameCount - 1))
                : ONE_FRAME_GAP_NS;
    }

    private long gapNs(long number, long writtenNs) {
        long gapNs = writtenNs - beforeNs;
        boolean back = writtenNs < beforeNs;
        if (!back && gapNs >= 0 && gapNs <= MAX_GAP_NS) {
            return gapNs;
        }
        if (number < frameCount && lines++ <= MAX_LINES) {
            say(number, back, Math.abs(gapNs));
        }
        return back ? 0 : MAX_GAP_NS;
    }

    private void say(long number, boolean back, long gapNs) {
        if (lines > MAX_LINES) {
            LOG.warn("{}: more of its times are far apart, or go back", file);
        } else if (back) {
            LOG.warn(
                    "{}: frame {} was written {} before the one before it (the clock was set back):"
                            + " played without a gap",
                    file,
                    number + 1,
                    text(gapNs));
        } else {
            LOG.warn(
                    "{}: {} passed before frame {} (the stream paused, or the clock was set): shortened"
                            + " to {} s",
                    file,
                    text(gapNs),
                    number + 1,
                    TimeUnit.NANOSECONDS.toSeconds(MAX_GAP_NS));
        }
    }

    private static String text(long ns) {
        double seconds = ns / 1e9;
        long days = Math.round(seconds / 86_400);
        if (days >= 3 * 365) {
            return Math.round(days / 365.25) + " years";
        } else if (days >= 3) {
            return days + " days";
        } else if (seconds >= 3 * 3600) {
            return Math.round(seconds / 3600) + " h";
        } else if (seconds >= 180) {
            return Math.round(seconds / 60) + " min";
        }
        return seconds >= 1 ? Math.round(seconds) + " s" : Math.round(seconds * 1000) + " ms";
    }
}
