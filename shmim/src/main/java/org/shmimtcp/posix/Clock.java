package org.shmimtcp.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;

/**
 * Clocks. {@link #monotonicNs} is for durations and deadlines, and agrees between the processes of
 * one machine. {@link Wall} is for the time stamps that an image carries.
 */
public final class Clock {
    private static final int READINGS = 100;

    private Clock() {}

    /** CLOCK_MONOTONIC in ns, which is the JVM's nanoTime on Linux. */
    public static long monotonicNs() {
        return System.nanoTime();
    }

    /**
     * Returns by how much {@link Wall} is ahead of {@link #monotonicNs} now, to some tens of ns. It
     * reads both clocks repeatedly and uses the fastest reading. The difference changes only when
     * the clock is set.
     */
    public static long wallMinusMonotonicNs() {
        var wall = new Wall();
        long shortestNs = Long.MAX_VALUE;
        long aheadNs = 0;
        for (int i = 0; i < READINGS; i++) {
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

    /**
     * Returns by how much {@link Wall} is ahead of UTC: 37 s, or 0 if the kernel has no TAI offset.
     */
    public static Duration taiMinusUtc() {
        long utcMs = System.currentTimeMillis();
        // Rounded to whole seconds, which removes the time between the two clock readings.
        return Duration.ofSeconds(Math.round((new Wall().read().ns() / 1e6 - utcMs) / 1e3));
    }

    /**
     * Wall-clock time as ImageStreamIO stamps it: CLOCK_TAI, which equals UTC if the kernel was
     * given no TAI offset. Use one object per thread; {@link #read} allocates nothing.
     */
    public static final class Wall {
        private static final MemorySegment CLOCK_GETTIME = Libc.function("clock_gettime");
        private static final int CLOCK_TAI = 11;

        private final MemorySegment timespec = Arena.ofAuto().allocate(16, 8);

        /** Reads the clock; the getters then return that time. */
        public Wall read() {
            // The shorter form of call() would add a level of calls. The compiler may then stop
            // inlining within the call, and the linker's objects would be allocated for each frame.
            Libc.call(CLOCK_GETTIME, CLOCK_TAI, timespec.address(), 0, 0, 0, 0);
            return this;
        }

        /** The time read last, ns since 1970. */
        public long ns() {
            return seconds() * 1_000_000_000L + nanos();
        }

        public long seconds() {
            return NativeMemory.getLong(timespec, 0);
        }

        /** 0 to 999,999,999. */
        public long nanos() {
            return NativeMemory.getLong(timespec, 8);
        }
    }
}
