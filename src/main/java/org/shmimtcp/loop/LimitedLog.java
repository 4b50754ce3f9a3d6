package org.shmimtcp.loop;

import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;

/**
 * Log lines that strangers can cause: a few at once, then one a second with the number of those
 * left out, so that a flood of visitors does not become one of lines.
 */
public final class LimitedLog {
    private final Consumer<String> log;
    private final LongSupplier clockNs;
    private final RateLimit limit;
    private long held;
    private @Nullable String lastHeld;

    /**
     * @param log where lines go, {@code LOG::warn}
     * @param burst lines at once, after a rest
     */
    public LimitedLog(Consumer<String> log, int burst) {
        this(log, burst, Clock::monotonicNs);
    }

    LimitedLog(Consumer<String> log, int burst, LongSupplier clockNs) {
        this.log = log;
        this.clockNs = clockNs;
        this.limit = new RateLimit(1, burst, clockNs.getAsLong());
    }

    /** Logs a line, or holds it back. */
    public synchronized void add(String line) {
        if (limit.tryPass(clockNs.getAsLong())) {
            say(line, held);
        } else {
            held++;
            lastHeld = line;
        }
    }

    /** Says what was held back, once there is room for a line. To be called now and then. */
    public synchronized void look() {
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
