package org.shmimtcp.testing;

import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** Seeds for tests of made-up cases; each stands in the name of its case. */
public final class Seeds {
    private Seeds() {}

    /** Others in each run: {@code @MethodSource("org.shmimtcp.testing.Seeds#hundred")}. */
    public static LongStream hundred() {
        return new SplittableRandom().longs(100);
    }
}
