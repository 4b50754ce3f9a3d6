package org.shmimtcp.picture;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.StreamAge;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.Clock;

/** Shows a stream: live on a screen, once as text, or as lines of numbers. */
public final class Watch {
    private static final String HOME = "\u001b[H";
    private static final String CLEAR = "\u001b[2J";
    private static final String CLEAR_BELOW = "\u001b[J";

    /** Erases the remainder of an earlier, longer line, and starts a new line on a raw terminal. */
    private static final String RAW_LINE_END = "\u001b[K\r\n";

    private static final int CTRL_C = 3;
    private static final long LINE_PERIOD_NS = 1_000_000_000L;
    private static final int LINE_COLUMNS = 200;

    /** The time needed to measure a rate. */
    private static final long ONCE_NS = 250_000_000L;

    private final StreamView view;
    private final Style style;
    private final Palette palette;
    private final Supplier<String> caption;
    private final StringBuilder text = new StringBuilder();
    private @Nullable Picture picture;
    private @Nullable ImageSpec pictured;
    private Screen.@Nullable Dimensions size;

    public Watch(StreamView view, Style style, Palette palette) {
        this(view, style, palette, () -> "");
    }

    /**
     * @param caption supplies the lines to show below the head of each picture of {@link #live}
     */
    public Watch(StreamView view, Style style, Palette palette, Supplier<String> caption) {
        this.caption = caption;
        this.view = view;
        this.style = style;
        this.palette = palette;
    }

    /**
     * Shows the stream until {@code q} is pressed or it is stopped.
     *
     * @param framesPerSecond the rate at which the picture is drawn
     */
    public void live(Screen screen, double framesPerSecond, BooleanSupplier stopped) {
        long periodNs = Math.round(1e9 / framesPerSecond);
        long nextNs = Clock.monotonicNs();
        while (!stopped.getAsBoolean()) {
            screen.show(draw(screen.size()));
            long nowNs = Clock.monotonicNs();
            nextNs = Math.max(nextNs + periodNs, nowNs);
            if (isQuit(screen, nextNs, stopped)) {
                return;
            }
        }
    }

    /**
     * Waits until the next picture is due, in pieces, because a signal does not end the wait for a
     * key.
     */
    private static boolean isQuit(Screen screen, long untilNs, BooleanSupplier stopped) {
        do {
            long leftMs = Math.clamp((untilNs - Clock.monotonicNs()) / 1_000_000, 1, 100);
            int key = screen.readKey(leftMs);
            if (key == 'q' || key == 'Q' || key == CTRL_C || key == Screen.CLOSED) {
                return true;
            }
        } while (Clock.monotonicNs() < untilNs && !stopped.getAsBoolean());
        return false;
    }

    private StringBuilder draw(Screen.Dimensions now) {
        view.update(Clock.monotonicNs());
        text.setLength(0);
        text.append(HOME);
        if (!now.equals(size)) {
            text.append(CLEAR);
            size = now;
        }
        appendHead(now.columns());
        text.append(RAW_LINE_END);
        int captionLines = appendCaption(now.columns());
        if (view.hasFrame()) {
            // One line is for the head, and one stays empty: on some terminals, writing the last
            // column of the last line scrolls.
            pictureFor(now.columns(), now.lines() - 2 - captionLines)
                    .draw(view.frame(), text, RAW_LINE_END);
        }
        return text.append(CLEAR_BELOW);
    }

    private int appendCaption(int columns) {
        List<String> lines = caption.get().lines().toList();
        for (String line : lines) {
            text.append(line, 0, Math.min(line.length(), columns)).append(RAW_LINE_END);
        }
        return lines.size();
    }

    /** Prints one picture, after a short time to measure the rate and to read a whole frame. */
    public void once(PrintWriter out, Screen.Dimensions room, BooleanSupplier stopped) {
        view.update(Clock.monotonicNs());
        Backoff.sleep(ONCE_NS, stopped);
        long deadlineNs = Clock.monotonicNs() + LINE_PERIOD_NS;
        do {
            view.update(Clock.monotonicNs());
        } while (!view.hasFrame() && Clock.monotonicNs() < deadlineNs && !stopped.getAsBoolean());
        text.setLength(0);
        appendHead(Integer.MAX_VALUE);
        text.append('\n');
        if (view.hasFrame()) {
            pictureFor(room.columns(), room.lines() - 2).draw(view.frame(), text, "\n");
        }
        out.append(text).flush();
    }

    /**
     * Prints a line of numbers each second until stopped, or until nobody reads the output any
     * more.
     */
    public void lines(PrintWriter out, BooleanSupplier stopped) {
        while (!stopped.getAsBoolean() && !out.checkError()) {
            view.update(Clock.monotonicNs());
            text.setLength(0);
            appendHead(Integer.MAX_VALUE);
            if (view.hasFrame()) {
                text.append("  ");
                pictureFor(LINE_COLUMNS, 1).describe(view.frame(), text);
            }
            out.println(text);
            out.flush();
            Backoff.sleep(LINE_PERIOD_NS, stopped);
        }
    }

    private Picture pictureFor(int columnsNow, int linesNow) {
        Picture there = picture;
        if (there == null
                || !view.spec().equals(pictured)
                || columnsNow != there.columns()
                || linesNow != there.lines()) {
            pictured = view.spec();
            there =
                    new Picture(
                            pictured.type(),
                            pictured.shape(),
                            style,
                            palette,
                            columnsNow,
                            linesNow);
            picture = there;
        }
        return there;
    }

    private void appendHead(int room) {
        int start = text.length();
        text.append(view.name()).append(' ').append(view.spec().describe());
        text.append("  cnt0 ").append(view.cnt0());
        if (!Double.isNaN(view.rateHz())) {
            text.append("  ").append(Numbers.rate(view.rateHz())).append(" Hz");
        }
        text.append("  age ")
                .append(view.ageNs() == StreamAge.UNKNOWN ? "-" : Numbers.duration(view.ageNs()));
        if (!view.trouble().isEmpty()) {
            text.append("  ").append(view.trouble());
        } else if (view.cnt0() == 0) {
            text.append("  no frame yet");
        } else if (view.isBusy()) {
            text.append("  busy: no complete frame could be read");
        }
        if (text.length() - start > room) {
            text.setLength(start + room);
        }
    }
}
