package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * Clocks. {@link #monotonicNs} is for durations and deadlines and agrees between processes of one
 * machine; {@link Wall} is for the time stamps that an image carries.
 */
public final class Clock {
    private static final int LOOKS = 100;

    private Clock() {}

    /** CLOCK_MONOTONIC, ns: what the JVM's nanoTime is on Linux. */
    public static long monotonicNs() {
        return System.nanoTime();
    }

    /**
     * How far {@link Wall} is ahead of {@link #monotonicNs} now, to some tens of ns: of several
     * looks at both the one that took the shortest time. It changes only when the clock is set.
     */
    public static long wallMinusMonotonicNs() {
        var wall = new Wall();
        long shortestNs = Long.MAX_VALUE;
        long aheadNs = 0;
        for (int i = 0; i < LOOKS; i++) {
            long before = monotonicNs();
            long wallNs = wall.read().ns();
            long tookNs = monotonicNs() - before;
            if (tookNs < shortestNs) {
                shortestNs = tookNs;
                aheadNs = wallNs - (before + tookNs / 2);
            }
        }
        return aheadNs;
    }

    /** How far {@link Wall} is ahead of UTC: 37 s, or 0 where nobody told the kernel. */
    public static Duration taiMinusUtc() {
        long utcMs = System.currentTimeMillis();
        // Whole seconds: the time between two readings of clocks is not part of it.
        return Duration.ofSeconds(Math.round((new Wall().read().ns() / 1e6 - utcMs) / 1e3));
    }

    /**
     * Wall-clock time as ImageStreamIO stamps it: CLOCK_TAI (which is UTC on a machine whose kernel
     * was told no TAI offset). One object per thread; {@link #read} allocates nothing.
     */
    public static final class Wall {
        private static final MemorySegment CLOCK_GETTIME = Libc.function("clock_gettime");
        private static final int CLOCK_TAI = 11;

        private final MemorySegment timespec = Arena.ofAuto().allocate(16, 8);

        /** Takes the time; the two getters then return it. */
        public Wall read() {
            // Not by the shorter form: with one more level the compiler may be out of depth within
            // the call, and what the linker makes there is then allocated for each frame.
            Libc.call(CLOCK_GETTIME, CLOCK_TAI, timespec.address(), 0, 0, 0, 0);
            return this;
        }

        /** The time taken, ns since 1970. */
        public long ns() {
            return seconds() * 1_000_000_000L + nanos();
        }

        public long seconds() {
            return timespec.get(JAVA_LONG, 0);
        }

        /** 0 to 999,999,999. */
        public long nanos() {
            return timespec.get(JAVA_LONG, 8);
        }
    }
}
