package org.shmimtcp.picture;

/**
 * Writes cells as coloured characters. A colour sequence is written only when the colour changes.
 */
final class Ink {
    private static final String RAMP = " .:-=+*#%@";
    private static final char NONFINITE = '?';
    private static final int NONFINITE_RGB = 0x780064;
    private static final char UPPER_HALF = '\u2580';
    private static final int FOREGROUND = 38;
    private static final int BACKGROUND = 48;
    private static final String DEFAULT_BACKGROUND = "\u001b[49m";
    private static final String RESET = "\u001b[0m";

    /** No cell: the end of a line, or below the last row. */
    static final int NOTHING = -1;

    private final Palette palette;
    private final String[] fore = new String[ColorMap.LEVELS + 1];
    private final String[] back = new String[ColorMap.LEVELS + 1];

    /**
     * For each level, the first level of the same colour: terminals have fewer colours than there
     * are levels.
     */
    private final int[] lookAlike = new int[ColorMap.LEVELS + 1];

    private int foreNow = NOTHING;
    private int backNow = NOTHING;

    Ink(Palette palette, ColorMap map) {
        this.palette = palette;
        for (int level = 0; level <= ColorMap.LEVELS; level++) {
            int rgb = level == ColorMap.LEVELS ? NONFINITE_RGB : map.rgb(level);
            fore[level] = palette.sequence(FOREGROUND, rgb);
            back[level] = palette.sequence(BACKGROUND, rgb);
            boolean same = level > 0 && fore[level].equals(fore[level - 1]);
            lookAlike[level] = same ? lookAlike[level - 1] : level;
        }
    }

    /** Returns true if one character shows two cells, one above the other. */
    boolean hasHalfBlocks() {
        return palette.unicode() && palette.colors() != Palette.Colors.NONE;
    }

    /**
     * Writes a character for one cell: its background or, without colours, its shape shows the
     * level.
     */
    void cell(StringBuilder out, int level) {
        if (palette.colors() == Palette.Colors.NONE) {
            int step = level * RAMP.length() / ColorMap.LEVELS;
            out.append(level == ColorMap.LEVELS ? NONFINITE : RAMP.charAt(step));
        } else {
            background(out, lookAlike[level]);
            out.append(' ');
        }
    }

    /**
     * Writes a character for two cells.
     *
     * @param lowerLevel may be {@link #NOTHING}
     */
    void cells(StringBuilder out, int upperLevel, int lowerLevel) {
        int upper = lookAlike[upperLevel];
        int lower = lowerLevel == NOTHING ? NOTHING : lookAlike[lowerLevel];
        if (upper == lower) {
            background(out, lower);
            out.append(' ');
            return;
        }
        if (upper != foreNow) {
            out.append(fore[upper]);
            foreNow = upper;
        }
        background(out, lower);
        out.append(UPPER_HALF);
    }

    private void background(StringBuilder out, int level) {
        if (level != backNow) {
            out.append(level == NOTHING ? DEFAULT_BACKGROUND : back[level]);
            backNow = level;
        }
    }

    /** Restores the terminal's own colours. */
    void end(StringBuilder out) {
        if (foreNow != NOTHING || backNow != NOTHING) {
            out.append(RESET);
            foreNow = NOTHING;
            backNow = NOTHING;
        }
    }
}
