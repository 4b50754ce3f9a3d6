package org.shmimtcp.serve;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@code shmim} process beside the links of this process, restarted when it ends: the web page, a
 * publisher, a subscription. It is a separate process because its garbage collection would stop the
 * links.
 */
public final class HelperProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HelperProcess.class);
    private static final long FIRST_PAUSE_NS = 1_000_000_000L;
    private static final long LONGEST_PAUSE_NS = 60_000_000_000L;

    private static final long STOP_MS = 2_000;

    private final String what;
    private final List<String> command;
    private BitSet reserved;
    private @Nullable Process process;
    private long startedNs;
    private long pauseNs = FIRST_PAUSE_NS;

    /**
     * @param what what the process is, for messages
     * @param command command with all its arguments
     * @param reserved CPUs of the links
     */
    public HelperProcess(String what, List<String> command, BitSet reserved) {
        this.what = what;
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
            LOG.warn("no {}: {}", what, e.getMessage());
        }
    }

    /** Returns the list in the form that {@link RealTimeSettings#parseCpus} accepts. */
    private static String list(BitSet cpus) {
        return cpus.stream().mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    /**
     * Restarts the process if it has ended or if the links' CPUs have changed. Call now and then.
     */
    public void keepRunning(BitSet reservedNow) {
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
        LOG.warn("the process of the {} has ended: starting it again", what);
        start();
    }

    /** Asks the process to end. */
    public void terminate() {
        Process there = process;
        if (there != null) {
            there.destroy();
        }
    }

    /** Ends the process, and waits for its end for a while. */
    @Override
    public void close() {
        terminate();
        Process there = process;
        try {
            if (there != null && !there.waitFor(STOP_MS, TimeUnit.MILLISECONDS)) {
                there.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
