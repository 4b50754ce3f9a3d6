package org.shmimtcp.loop;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;

/**
 * Limits log lines that strangers can cause: a short burst, then one line per second with the
 * number of omitted lines. So a flood of connections does not flood the log.
 */
public final class LimitedLog {
    private final Consumer<String> log;
    private final LongSupplier clockNs;
    private final RateLimit limit;
    private long held;
    private @Nullable String lastHeld;

    /**
     * @param log receives the lines, for example {@code LOG::warn}
     * @param burst number of lines passed at once after a quiet time
     */
    public LimitedLog(Consumer<String> log, int burst) {
        this(log, burst, Clock::monotonicNs);
    }

    LimitedLog(Consumer<String> log, int burst, LongSupplier clockNs) {
        this.log = log;
        this.clockNs = clockNs;
        this.limit = new RateLimit(1, burst, clockNs.getAsLong());
    }

    /** Logs a line, or holds it back if the limit is reached. */
    public synchronized void add(String line) {
        if (limit.tryPass(clockNs.getAsLong())) {
            say(line, held);
        } else {
            held++;
            lastHeld = line;
        }
    }

    /** Logs the lines held back, as soon as the limit permits. Call now and then. */
    public synchronized void flush() {
        String line = lastHeld;
        if (line != null && limit.tryPass(clockNs.getAsLong())) {
            say(line, held - 1);
        }
    }

    private void say(String line, long more) {
        log.accept(more > 0 ? line + " (and " + more + " more)" : line);
        held = 0;
        lastHeld = null;
    }
}
