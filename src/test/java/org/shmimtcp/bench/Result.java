package org.shmimtcp.bench;

/**
 * What one run gave. Latencies count from when the frame was due at the source to when a C reader
 * of the copy had it, in us.
 *
 * @param frames distinct whole frames that the reader saw
 * @param lost numbers that it did not see: skipped by the pair or by the reader itself
 * @param torn frames with pixels of two
 * @param cpuSeconds of transmitter and receiver together, while frames were written
 * @param seconds that this took
 * @param residentMb the larger of the two ends' resident memory
 */
record Result(
        String load,
        String pair,
        int round,
        long frames,
        long lost,
        long torn,
        long reordered,
        double fps,
        double mbPerSecond,
        double p50,
        double p90,
        double p99,
        double p999,
        double max,
        double cpuSeconds,
        double seconds,
        double residentMb) {}
