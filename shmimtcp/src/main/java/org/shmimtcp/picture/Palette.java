package org.shmimtcp.picture;

import java.util.Locale;
import java.util.Map;

/**
 * What a terminal can show, according to its environment.
 *
 * @param colors how many
 * @param unicode false if only ASCII is safe
 */
public record Palette(Colors colors, boolean unicode) {
    /** The colour sequences that a terminal understands. */
    public enum Colors {
        /** 24 bits: {@code ESC [ 38 ; 2 ; r ; g ; b m}. */
        TRUE,
        /** xterm's 256: {@code ESC [ 38 ; 5 ; n m}. */
        INDEXED,
        /** None: brightness is shown by characters. */
        NONE
    }

    /** The palette for a file, a pipe, or a terminal that shows only text. */
    public static final Palette PLAIN = new Palette(Colors.NONE, false);

    /**
     * Determines the palette from {@code $NO_COLOR}, {@code $COLORTERM}, {@code $TERM} and the
     * locale's variables.
     */
    public static Palette of(Map<String, String> environment) {
        return new Palette(colors(environment), isUtf8(environment));
    }

    private static Colors colors(Map<String, String> environment) {
        String term = environment.getOrDefault("TERM", "");
        String colorTerm = environment.getOrDefault("COLORTERM", "");
        boolean without = term.isEmpty() || term.equals("dumb") || term.startsWith("vt");
        if (without || !environment.getOrDefault("NO_COLOR", "").isEmpty()) {
            return Colors.NONE;
        }
        boolean direct = colorTerm.equals("truecolor") || colorTerm.equals("24bit");
        return direct || term.endsWith("-direct") ? Colors.TRUE : Colors.INDEXED;
    }

    /** Checks the locale. The first variable that is set decides, as in setlocale(3). */
    private static boolean isUtf8(Map<String, String> environment) {
        for (String variable : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
            String locale = environment.getOrDefault(variable, "").toLowerCase(Locale.ROOT);
            if (!locale.isEmpty()) {
                return locale.contains("utf-8") || locale.contains("utf8");
            }
        }
        return false;
    }

    /** Returns the sequence that sets the foreground (38) or background colour (48). */
    String sequence(int ground, int rgb) {
        int r = rgb >> 16 & 0xFF;
        int g = rgb >> 8 & 0xFF;
        int b = rgb & 0xFF;
        return switch (colors) {
            case TRUE -> "\u001b[" + ground + ";2;" + r + ";" + g + ";" + b + "m";
            case INDEXED -> "\u001b[" + ground + ";5;" + nearestIndexed(r, g, b) + "m";
            case NONE -> "";
        };
    }

    /**
     * Returns the nearest of xterm's colours: 16 to 231 are a cube of 6 levels, 232 to 255 greys.
     */
    private static int nearestIndexed(int r, int g, int b) {
        int grey = Math.clamp(Math.round(((r + g + b) / 3.0f - 8) / 10), 0, 23);
        int greyLevel = 8 + 10 * grey;
        int cr = cubeStep(r);
        int cg = cubeStep(g);
        int cb = cubeStep(b);
        int cubeError = error(r, cubeLevel(cr)) + error(g, cubeLevel(cg)) + error(b, cubeLevel(cb));
        int greyError = error(r, greyLevel) + error(g, greyLevel) + error(b, greyLevel);
        return greyError < cubeError ? 232 + grey : 16 + 36 * cr + 6 * cg + cb;
    }

    private static int cubeStep(int level) {
        return level < 48 ? 0 : level < 115 ? 1 : (level - 35) / 40;
    }

    private static int cubeLevel(int step) {
        return step == 0 ? 0 : 55 + 40 * step;
    }

    private static int error(int a, int b) {
        return (a - b) * (a - b);
    }
}
