package org.shmimtcp.synthetic;

import org.shmimtcp.image.ImageSpec;

/** The available sources; users type the names of the constants. */
public enum SourceKind {
    PATTERN,
    COUNTER,
    TURBULENCE;

    /** The rate that determines the speed of motion if frames are written as fast as possible. */
    private static final double NOMINAL_RATE_HZ = 1000;

    /**
     * Creates a source of this kind.
     *
     * @param rateHz frames a second, 0 for as many as possible
     */
    public FrameSource source(ImageSpec spec, double rateHz) {
        double rate = rateHz > 0 ? rateHz : NOMINAL_RATE_HZ;
        return switch (this) {
            case PATTERN -> new PatternSource(spec.shape(), spec.type(), rate);
            case COUNTER -> new CounterSource();
            case TURBULENCE -> new TurbulenceSource(spec.shape(), spec.type(), rate);
        };
    }
}
