package org.shmimtcp.picture;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;

/**
 * Draws frames as text: the picture, a bar that shows which colour stands for which value, and a
 * line of statistics. One object per image size and terminal size; it keeps its buffers.
 */
public final class Picture {
    /** The lines for the bar and the statistics. */
    private static final int LINES_BELOW = 2;

    private static final int LONGEST_BAR = 32;

    private final Style style;
    private final Ink ink;
    private final Grid grid;
    private final AreaMean cells;
    private final Levels levels;
    private final Statistics statistics = new Statistics();
    private final int columns;
    private final int lines;

    /**
     * @param shape of the image; one slice of a cube is shown
     * @param columns of the terminal
     * @param lines available for picture, bar and statistics
     */
    public Picture(
            DataType type, Shape shape, Style style, Palette palette, int columns, int lines) {
        this.style = style;
        this.columns = Math.max(1, columns);
        this.lines = lines;
        this.ink = new Ink(palette, style.map());
        int pictureLines = Math.max(1, lines - LINES_BELOW);
        this.grid = Grid.fit(shape, this.columns, pictureLines, ink.hasHalfBlocks());
        this.cells = new AreaMean(type, shape, grid.width(), grid.height());
        this.levels = new Levels(style, grid.width() * grid.height());
    }

    int columns() {
        return columns;
    }

    int lines() {
        return lines;
    }

    /** Writes only a frame's statistics. */
    void describe(MemorySegment frame, StringBuilder out) {
        cells.accept(frame, statistics);
        drawStatistics(out);
    }

    /**
     * Draws a frame.
     *
     * @param lineEnd written after each line
     */
    public void draw(MemorySegment frame, StringBuilder out, String lineEnd) {
        cells.accept(frame, statistics);
        levels.measure(cells);
        for (int line = 0; line < grid.lines(); line++) {
            drawLine(line, out);
            ink.end(out);
            out.append(lineEnd);
        }
        drawBar(out);
        out.append(lineEnd);
        drawStatistics(out);
        out.append(lineEnd);
    }

    private void drawLine(int line, StringBuilder out) {
        boolean two = ink.hasHalfBlocks();
        for (int x = 0; x < grid.width(); x++) {
            if (two) {
                ink.cells(out, levelAt(x, 2 * line), levelAt(x, 2 * line + 1));
            } else {
                ink.cell(out, levelAt(x, line));
            }
        }
    }

    /** The level of a cell, with rows counted from the top of the picture. */
    private int levelAt(int x, int fromTop) {
        if (fromTop >= grid.height()) {
            return Ink.NOTHING;
        }
        int y = style.firstRowOnTop() ? fromTop : grid.height() - 1 - fromTop;
        return levels.level(cells.cell(x, y));
    }

    private void drawBar(StringBuilder out) {
        String low = Numbers.text(levels.low());
        String high = Numbers.text(levels.high());
        String names = "  " + style.map() + " " + style.stretch();
        int room = columns - low.length() - high.length() - 2;
        int bar = Math.min(LONGEST_BAR, room - names.length());
        out.append(low).append(' ');
        for (int i = 0; i < bar; i++) {
            ink.cell(out, levels.levelAt((i + 0.5) / bar));
        }
        ink.end(out);
        out.append(' ').append(high);
        if (bar > 0) {
            out.append(names.toLowerCase(Locale.ROOT));
        }
    }

    private void drawStatistics(StringBuilder out) {
        int start = out.length();
        out.append("min ");
        Numbers.appendPadded(out, statistics.min());
        out.append(" max ");
        Numbers.appendPadded(out, statistics.max());
        out.append(" mean ");
        Numbers.appendPadded(out, statistics.mean());
        out.append(" rms ");
        Numbers.appendPadded(out, statistics.rms());
        if (statistics.nonfinite() > 0) {
            out.append(" nonfinite ").append(statistics.nonfinite());
        }
        out.setLength(Math.min(out.length(), start + columns)); // a narrow terminal would wrap it
    }
}
