package org.shmimtcp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The time of all CPUs so far, in clock ticks, from proc_stat(5).
 *
 * @param all including idle time
 * @param stolen time that the host of a virtual machine took away
 */
record CpuTimes(long all, long stolen) {
    private static final double PERCENT = 100;

    /** The fields: user, nice, system, idle, iowait, irq, softirq, steal. Guests count as user. */
    private static final int STEAL = 8;

    static CpuTimes now() {
        try {
            return parse(Files.readAllLines(Path.of("/proc/stat")).getFirst());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Parses the first line of {@code /proc/stat}. */
    static CpuTimes parse(String line) {
        String[] words = line.strip().split("\\s+", -1);
        if (!words[0].equals("cpu") || words.length <= STEAL) {
            throw new IllegalArgumentException("not the CPU times of /proc/stat: " + line);
        }
        long all = 0;
        for (int i = 1; i <= STEAL; i++) {
            all += Long.parseLong(words[i]);
        }
        return new CpuTimes(all, Long.parseLong(words[STEAL]));
    }

    /** Returns how much was stolen since an earlier time, in percent of all CPUs. */
    double stealPercentSince(CpuTimes earlier) {
        long passed = all - earlier.all;
        return passed <= 0 ? 0 : PERCENT * (stolen - earlier.stolen) / passed;
    }
}
