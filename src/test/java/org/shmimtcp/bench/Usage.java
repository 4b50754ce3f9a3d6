package org.shmimtcp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a process has used so far, from proc(5).
 *
 * @param cpuSeconds user and system time
 * @param residentKb VmRSS
 * @param contextSwitches voluntary and not
 */
record Usage(double cpuSeconds, long residentKb, long contextSwitches) {
    /** USER_HZ: 100 on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int UTIME = 11; // counted from the field behind the name
    private static final int STIME = 12;

    static Usage of(long pid) {
        Path proc = Path.of("/proc", Long.toString(pid));
        try {
            String stat = Files.readString(proc.resolve("stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            double ticks = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]);
            long residentKb = 0;
            long switches = 0;
            for (String line : Files.readAllLines(proc.resolve("status"))) {
                if (line.startsWith("VmRSS:")) {
                    residentKb = number(line);
                } else if (line.contains("voluntary_ctxt_switches:")) {
                    switches += number(line);
                }
            }
            return new Usage(ticks / TICKS_PER_SECOND, residentKb, switches);
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }

    private static long number(String line) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
    }
}
