package org.shmimtcp.cli;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@code shmim web} process beside the links of this process, restarted when it ends. It is a
 * separate process because its garbage collection would stop the links.
 */
final class WebProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebProcess.class);
    private static final long FIRST_PAUSE_NS = 1_000_000_000L;
    private static final long LONGEST_PAUSE_NS = 60_000_000_000L;

    private final List<String> command;
    private BitSet reserved;
    private @Nullable Process process;
    private long startedNs;
    private long pauseNs = FIRST_PAUSE_NS;

    /**
     * @param command command with all its arguments
     * @param reserved CPUs of the links
     */
    WebProcess(List<String> command, BitSet reserved) {
        this.command = List.copyOf(command);
        this.reserved = reserved;
        start();
    }

    private void start() {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put(RealTimeSettings.CPUS_VARIABLE, list(reserved));
        startedNs = Clock.monotonicNs();
        try {
            // Its standard input closes when this process ends, however that happens; the page then
            // exits.
            process = builder.start();
        } catch (IOException e) {
            process = null;
            LOG.warn("no web page: {}", e.getMessage());
        }
    }

    /** Returns the list in the form that {@link RealTimeSettings#parseCpus} accepts. */
    private static String list(BitSet cpus) {
        return cpus.stream().mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    /**
     * Restarts the process if it has ended or if the links' CPUs have changed. Call now and then.
     */
    void keepRunning(BitSet reservedNow) {
        Process there = process;
        if (there != null && there.isAlive()) {
            if (!reservedNow.equals(reserved)) {
                reserved = reservedNow;
                there.destroy();
            }
            return;
        }
        long livedNs = Clock.monotonicNs() - startedNs;
        if (livedNs >= LONGEST_PAUSE_NS) {
            pauseNs = FIRST_PAUSE_NS;
        }
        if (livedNs < pauseNs) {
            return;
        }
        pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
        LOG.warn("the web page's process has ended: starting it again");
        start();
    }

    @Override
    public void close() {
        Process there = process;
        if (there != null) {
            there.destroy();
        }
    }
}
