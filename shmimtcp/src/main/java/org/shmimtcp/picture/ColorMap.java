package org.shmimtcp.picture;

/** Colours for values from 0 to 1. */
public enum ColorMap {
    GREY(new int[] {0x000000, 0xFFFFFF}),
    /**
     * Dark blue through green to yellow, perceptually uniform; after matplotlib's viridis (CC0).
     */
    VIRIDIS(
            new int[] {
                0x440154, 0x482475, 0x414487, 0x355F8D, 0x2A788E, 0x21918C, 0x22A884, 0x44BF70,
                0x7AD151, 0xBDDF26, 0xFDE725
            }),
    /** Blue below zero, dark at zero, orange above: for mirror commands. */
    DIVERGING(new int[] {0x9CD2FF, 0x3C82DC, 0x1A3E78, 0x101014, 0x7A2E14, 0xDC6A24, 0xFFC878});

    static final int LEVELS = 256;

    @SuppressWarnings("ImmutableEnumChecker") // written by the constructor only
    private final int[] rgb = new int[LEVELS];

    ColorMap(int[] anchors) {
        for (int i = 0; i < LEVELS; i++) {
            double at = (double) i * (anchors.length - 1) / (LEVELS - 1);
            int low = Math.min((int) at, anchors.length - 2);
            rgb[i] = mix(anchors[low], anchors[low + 1], at - low);
        }
    }

    private static int mix(int from, int to, double part) {
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int a = from >> shift & 0xFF;
            int b = to >> shift & 0xFF;
            mixed |= (int) Math.rint(a + part * (b - a)) << shift;
        }
        return mixed;
    }

    /** The colour 0xRRGGBB of a level from 0 to 255. */
    int rgb(int level) {
        return rgb[level];
    }

    /** Returns true if its middle stands for zero. */
    boolean isDiverging() {
        return this == DIVERGING;
    }
}
