package org.shmimtcp.loop;

import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import org.shmimtcp.posix.Errno;
import org.shmimtcp.posix.RealTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scheduling of a loop's thread.
 *
 * @param priority SCHED_FIFO priority 1 to 99; 0 for ordinary scheduling
 * @param cpus the CPUs that the thread may use; empty for any
 */
public record RealTimeSettings(int priority, BitSet cpus) {
    public static final String CPUS_VARIABLE = "SHMIMTCP_CPUSET";
    public static final int MAX_PRIORITY = 99;
    private static final Logger LOG = LoggerFactory.getLogger(RealTimeSettings.class);

    /** What this process was refused and has logged. */
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    /**
     * Returns settings with a priority, and with the CPUs from the environment.
     *
     * @throws IllegalArgumentException if the CPU list is malformed
     */
    public static RealTimeSettings of(int priority, Map<String, String> environment) {
        try {
            return new RealTimeSettings(
                    priority, parseCpus(environment.getOrDefault(CPUS_VARIABLE, "")));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("$" + CPUS_VARIABLE + " is " + e.getMessage(), e);
        }
    }

    /** Parses a CPU list in the kernel's format: {@code 2,4-7}. */
    public static BitSet parseCpus(String list) {
        BitSet cpus = new BitSet();
        for (String part : list.isBlank() ? new String[0] : list.strip().split(",", -1)) {
            String[] ends = part.strip().split("-", 2);
            try {
                int first = Integer.parseInt(ends[0].strip());
                int last = Integer.parseInt(ends[ends.length - 1].strip());
                if (first < 0 || last < first || last > 1023) {
                    throw new NumberFormatException(part);
                }
                cpus.set(first, last + 1);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "'" + list + "': expected a list such as 2,4-7", e);
            }
        }
        return cpus;
    }

    /** Returns the list that {@link #parseCpus} turns into the same set. */
    public static String printCpus(BitSet cpus) {
        StringJoiner list = new StringJoiner(",");
        for (int first = cpus.nextSetBit(0); first >= 0; ) {
            int end = cpus.nextClearBit(first);
            list.add(first == end - 1 ? String.valueOf(first) : first + "-" + (end - 1));
            first = cpus.nextSetBit(end);
        }
        return list.toString();
    }

    /**
     * Applies the settings to the calling thread. Settings that are not permitted are skipped, and
     * logged once in this process.
     */
    public void applyToThisThread() {
        if (!cpus.isEmpty()) {
            warnIf(RealTime.setAffinity(cpus), "CPUs " + cpus, "does this machine have them?");
        }
        warnIf(RealTime.setPunctualTimers(), "punctual timers", "see prctl(2)");
        if (priority > 0) {
            int refused = RealTime.setFifo(priority);
            warnIf(refused, "SCHED_FIFO priority " + priority, "see rtprio in limits.conf(5)");
            if (refused == 0) {
                warnIf(RealTime.lockMemory(), "locked memory", "see memlock in limits.conf(5)");
            }
        }
    }

    private static void warnIf(int errno, String what, String hint) {
        if (errno != 0 && TOLD.add(what)) {
            LOG.warn("running without {}: {} ({})", what, Errno.message(errno), hint);
        }
    }
}
