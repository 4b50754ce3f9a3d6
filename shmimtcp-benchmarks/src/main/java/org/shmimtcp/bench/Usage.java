package org.shmimtcp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.shmimtcp.testing.ProcField;

/**
 * What a process has used so far, from proc(5).
 *
 * @param cpuSeconds of all threads that still run
 * @param residentKb VmRSS
 * @param contextSwitches voluntary ones
 * @param proportionalKb PSS: pages that it shares with others count in part
 * @param threads that run
 */
record Usage(
        double cpuSeconds,
        long residentKb,
        long contextSwitches,
        long proportionalKb,
        long threads) {
    private static final double NS_PER_SECOND = 1e9;

    /**
     * By the scheduler's own count: the clock ticks of {@code stat} see a loop that wakes by them.
     */
    static Usage of(long pid) {
        Path proc = Path.of("/proc", Long.toString(pid));
        long switches = 0;
        try (Stream<Path> threads = Files.list(proc.resolve("task"))) {
            for (Path thread : threads.toList()) {
                switches += ProcField.of(thread.resolve("status"), "voluntary_ctxt_switches:");
            }
            return new Usage(
                    cpuSeconds(pid),
                    ProcField.of(proc.resolve("status"), "VmRSS:"),
                    switches,
                    ProcField.of(proc.resolve("smaps_rollup"), "Pss:"),
                    ProcField.of(proc.resolve("status"), "Threads:"));
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }

    /** Of all threads that still run. */
    static double cpuSeconds(long pid) {
        double cpuNs = 0;
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads.toList()) {
                String schedstat = Files.readString(thread.resolve("schedstat"));
                cpuNs += Long.parseLong(schedstat.split(" ", -1)[0]);
            }
            return cpuNs / NS_PER_SECOND;
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }
}
