package org.shmimtcp.testing;

import java.util.SplittableRandom;
import java.util.stream.LongStream;

/** Seeds for tests with random cases. The name of each case contains its seed. */
public final class Seeds {
    private Seeds() {}

    /**
     * Returns different seeds in each run:
     * {@code @MethodSource("org.shmimtcp.testing.Seeds#hundred")}.
     */
    public static LongStream hundred() {
        return new SplittableRandom().longs(100);
    }
}
