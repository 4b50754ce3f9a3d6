package org.shmimtcp.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Arrays;
import java.util.Locale;
import java.util.StringJoiner;
import org.shmimtcp.loop.Counter;
import org.shmimtcp.posix.Clock;

/**
 * Records the time at which each of the newest frames reached each stage, in a preallocated ring.
 * The loop records; another thread writes everything out after the loop has ended.
 *
 * <p>This machine's time stamps come from the monotonic clock and are shown as wall-clock times. If
 * the wall clock has been set since, they are off by that amount compared with other stamps.
 */
public final class RecordedTrace extends LatencyTrace {
    /** The beginning of each file. */
    public static final String HEAD = "cnt0";

    private static final Stage[] STAGES = Stage.values();
    private static final int CNT0 = STAGES.length;
    private static final int OFFSET = CNT0 + 1;
    private static final int COLUMNS = OFFSET + 1;

    /** One minute at 2 kHz: 9 MB. */
    private static final int MOST_FRAMES = 1 << 17;

    private final long[] rows;
    private final int places;
    private final long[] row = new long[COLUMNS];
    private final Counter frames = new Counter();
    private final long wallMinusMonotonicNs = Clock.wallMinusMonotonicNs();

    public RecordedTrace() {
        this(MOST_FRAMES);
    }

    /**
     * @param places number of frames kept
     */
    RecordedTrace(int places) {
        this.places = places;
        this.rows = new long[places * COLUMNS];
    }

    @Override
    public void done(Stage stage) {
        done(stage, Clock.monotonicNs());
    }

    @Override
    public void done(Stage stage, long monotonicNs) {
        row[stage.place] = monotonicNs + wallMinusMonotonicNs;
    }

    @Override
    public void doneAt(Stage stage, long wallNs) {
        row[stage.place] = wallNs;
    }

    @Override
    public void through(long cnt0, long clockOffsetNs) {
        row[CNT0] = cnt0;
        row[OFFSET] = clockOffsetNs;
        System.arraycopy(row, 0, rows, (int) (frames.get() % places) * COLUMNS, COLUMNS);
        frames.increment();
    }

    private int kept() {
        return (int) Math.min(frames.get(), places);
    }

    /** Returns the offset of the n-th kept frame's row, counted from the oldest. */
    private int place(int n) {
        return (int) ((frames.get() - kept() + n) % places) * COLUMNS;
    }

    /**
     * Writes comma-separated lines: column names, then one line per frame. The columns are the
     * source's cnt0, the time of each stage, and the offset of the source machine's clock. Times
     * are in ns since 1970 on {@link org.shmimtcp.posix.Clock.Wall}, empty if unknown at this end.
     *
     * @throws UncheckedIOException if the output fails
     */
    public void write(Writer out) {
        StringBuilder line = new StringBuilder(HEAD);
        for (Stage stage : STAGES) {
            line.append(',').append(name(stage)).append("_ns");
        }
        line.append(",clock_offset_ns").append('\n');
        try {
            out.append(line);
            for (int i = 0; i < kept(); i++) {
                int place = place(i);
                line.setLength(0);
                line.append(rows[place + CNT0]);
                for (int stage = 0; stage < STAGES.length; stage++) {
                    line.append(',');
                    if (rows[place + stage] != 0) {
                        line.append(rows[place + stage]);
                    }
                }
                line.append(',').append(rows[place + OFFSET]).append('\n');
                out.append(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the duration of each stage that is known at this end: median, 99th percentile and
     * maximum in µs, as in {@code 20000 frames: woken 12.1/60.3/201.0 copied 1.2/3.4/9.9 ...}.
     */
    public String describe() {
        int frameCount = kept();
        StringJoiner all = new StringJoiner(" ", frameCount + " frames: ", "");
        int before = -1;
        for (int stage = 0; stage < STAGES.length && frameCount > 0; stage++) {
            if (rows[place(frameCount - 1) + stage] == 0) {
                continue; // unknown at this end
            }
            if (before >= 0) {
                all.add(name(STAGES[stage]) + " " + took(STAGES[before], STAGES[stage]));
            }
            before = stage;
        }
        return all.toString();
    }

    private String took(Stage from, Stage to) {
        boolean otherClock = from.atSource && !to.atSource;
        long[] ns = new long[kept()];
        int count = 0;
        for (int i = 0; i < ns.length; i++) {
            int place = place(i);
            if (rows[place + from.place] != 0 && rows[place + to.place] != 0) {
                ns[count++] =
                        rows[place + to.place]
                                - rows[place + from.place]
                                + (otherClock ? rows[place + OFFSET] : 0);
            }
        }
        Arrays.sort(ns, 0, count);
        return String.format(
                Locale.ROOT,
                "%.1f/%.1f/%.1f",
                ns[count / 2] / 1e3,
                ns[(int) (count * 0.99)] / 1e3,
                ns[count - 1] / 1e3);
    }

    private static String name(Stage stage) {
        return stage.name().toLowerCase(Locale.ROOT);
    }
}
