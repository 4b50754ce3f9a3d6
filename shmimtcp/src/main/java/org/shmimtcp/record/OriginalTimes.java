package org.shmimtcp.record;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes when the frames of a recording are due, at the intervals at which they were written. A
 * clock step between two frames, forward or backward, is shortened and logged, not waited for.
 */
final class OriginalTimes {
    /** The longest interval at which frames are played; longer ones are shortened to it. */
    static final long MAX_GAP_NS = TimeUnit.SECONDS.toNanos(5);

    private static final Logger LOG = LoggerFactory.getLogger(OriginalTimes.class);

    /** The interval between two passes over a file of one frame. */
    private static final long ONE_FRAME_GAP_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** The number of log lines about implausible times in a file; further ones are not useful. */
    private static final int MAX_LINES = 10;

    private final Path file;
    private final long frameCount;
    private long dueNs;
    private long passStartNs;
    private long beforeNs;
    private int lines;

    /**
     * @param frameCount the number of frames in the file, which may be played several times
     * @param startNs when the first frame is due
     */
    OriginalTimes(Path file, long frameCount, long startNs) {
        this.file = file;
        this.frameCount = frameCount;
        this.dueNs = startNs;
        this.passStartNs = startNs;
    }

    /**
     * Returns when the next frame is due.
     *
     * @param number of the frame, counted from 0 over all passes
     * @param writtenNs when it was written; 0 if unknown: then it is due at once
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

    /** The interval between two passes: the mean interval between frames. */
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
