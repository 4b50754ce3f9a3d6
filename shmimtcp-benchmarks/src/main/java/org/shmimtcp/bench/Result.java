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
 * @param stealPercent time of all CPUs that the host of a virtual machine took away
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
        double residentMb,
        double stealPercent) {
    private static final double MOST_STEAL_PERCENT = 2;
    private static final double MOST_LOST = 0.01;

    /**
     * True if the machine was taken away meanwhile: its host stole time, or frames of a paced load
     * were lost without any link between source and sink.
     */
    boolean isDisturbed(boolean isPacedWithoutLink) {
        return stealPercent > MOST_STEAL_PERCENT
                || (isPacedWithoutLink && lost > MOST_LOST * (frames + lost));
    }
}
