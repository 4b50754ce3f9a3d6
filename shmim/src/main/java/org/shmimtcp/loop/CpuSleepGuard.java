package org.shmimtcp.loop;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.CpuLatency;
import org.shmimtcp.posix.IoReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this machine's CPUs out of deep sleep states while frames arrive. Three CPUs are woken on
 * the path of each frame, and waking a sleeping core takes longer than everything else together.
 */
public final class CpuSleepGuard implements AutoCloseable {
    /** The setting's default, and its other value besides a number of microseconds. */
    public static final String AUTO = "auto";

    public static final String ANY = "any";
    public static final String VARIABLE = "SHMIMTCP_CPU_LATENCY";

    /** The lightest sleep state of current processors takes a microsecond or two to leave. */
    private static final int LIGHT_SLEEP_US = 2;

    /** At lower rates, microseconds do not matter. */
    private static final double LEAST_FRAMES_PER_S = 20;

    /** This many frames within one tick are certainly a fast stream. */
    private static final long FRAMES_A_TICK = 5;

    private static final long REST_NS = 5_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(CpuSleepGuard.class);

    private final Path device;
    private final boolean obeyed;
    private final int latencyUs;
    private boolean trying;
    private boolean said;
    private volatile @Nullable CpuLatency held;
    private long tickFrames;
    private long lastFrames;
    private long lastNs = Clock.monotonicNs();
    private long busyNs;

    /**
     * @param latencyUs maximum wake-up time of a CPU in µs, from {@link #parse}
     */
    public CpuSleepGuard(OptionalInt latencyUs) {
        this(latencyUs, CpuLatency.DEVICE, CpuLatency.isObeyed());
    }

    /** Uses another device, for tests. */
    CpuSleepGuard(OptionalInt latencyUs, Path device, boolean obeyed) {
        this.device = device;
        this.obeyed = obeyed;
        this.trying = latencyUs.isPresent();
        this.latencyUs = latencyUs.orElse(0);
    }

    /**
     * Parses the maximum wake-up time of CPUs in µs; empty for no limit.
     *
     * @param setting {@link #AUTO}, {@link #ANY} or a number
     * @throws IllegalArgumentException if it is none of these
     */
    public static OptionalInt parse(String setting) {
        if (setting.equals(ANY)) {
            return OptionalInt.empty();
        }
        if (setting.equals(AUTO)) {
            return OptionalInt.of(CpuLatency.isGuest() ? 0 : LIGHT_SLEEP_US);
        }
        try {
            int us = Integer.parseInt(setting);
            if (us < 0) {
                throw new NumberFormatException(setting);
            }
            return OptionalInt.of(us);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "'" + setting + "': expected microseconds, auto or any", e);
        }
    }

    /** True while the request to the kernel is in effect. */
    boolean isHeld() {
        return held != null;
    }

    /**
     * Returns the wait strategy to use for the next frame, given the configured one; the result is
     * called before each frame. While CPUs are kept from sleeping altogether, waking takes 5 µs,
     * and the timers for polling cost more than that (docs/performance-notes.md).
     */
    public Supplier<Waiting> waiting(Waiting wanted) {
        return wanted == Waiting.AUTO && latencyUs == 0 && obeyed
                ? () -> isHeld() ? Waiting.BLOCK : Waiting.AUTO
                : () -> wanted;
    }

    /**
     * Returns an observer that watches a loop's frames and closes this object with the loop.
     *
     * @param frames returns the number of frames so far
     */
    public Observer watching(LongSupplier frames) {
        return new Observer() {
            @Override
            public void refresh() {
                CpuSleepGuard.this.update(frames.getAsLong());
            }

            @Override
            public void tick() {
                CpuSleepGuard.this.tick(frames.getAsLong());
            }

            @Override
            public void close() {
                CpuSleepGuard.this.close();
            }
        };
    }

    /**
     * Checks for a fast stream, so that its first frames need not wait for the next {@link
     * #update}. Call about twenty times a second.
     *
     * @param frames number of frames so far
     */
    synchronized void tick(long frames) {
        boolean begins = frames - tickFrames >= FRAMES_A_TICK;
        tickFrames = frames;
        if (begins && trying) {
            busyNs = Clock.monotonicNs();
            hold();
        }
    }

    /**
     * Starts or ends the request to the kernel. Call about once a second.
     *
     * @param frames number of frames so far
     */
    public void update(long frames) {
        update(frames, Clock.monotonicNs());
    }

    synchronized void update(long frames, long nowNs) {
        if (!trying) {
            return;
        }
        boolean busy = (frames - lastFrames) * 1e9 >= LEAST_FRAMES_PER_S * (nowNs - lastNs);
        lastFrames = frames;
        lastNs = nowNs;
        if (busy) {
            busyNs = nowNs;
            hold();
        } else if (nowNs - busyNs > REST_NS) {
            release();
        }
    }

    private void hold() {
        if (held != null) {
            return;
        }
        try {
            held = CpuLatency.request(device, latencyUs);
            say();
        } catch (NoSuchFileException none) {
            LOG.debug("CPU sleep states are not limited: there is no {}", device);
            trying = false;
        } catch (IOException e) {
            LOG.warn(
                    "cannot keep CPUs awake, latency will be higher: {}: {}",
                    device,
                    IoReason.of(e));
            trying = false;
        }
    }

    /** Logs the request once, so that the operator can find out why no CPU is idle any more. */
    private void say() {
        if (!said) {
            said = true;
            if (!obeyed) {
                LOG.info(
                        "this machine has no idle driver, so CPUs cannot be kept awake: waking one"
                                + " may take tens of microseconds");
                return;
            }
            LOG.info(
                    "while frames arrive, CPUs are kept {}",
                    latencyUs == 0 ? "from sleeping" : "able to wake within " + latencyUs + " us");
        }
    }

    private void release() {
        CpuLatency ending = held;
        if (ending != null) {
            try {
                ending.close();
            } catch (IOException e) {
                LOG.debug("{}", e.toString());
            }
            held = null;
        }
    }

    @Override
    public synchronized void close() {
        trying = false;
        release();
    }
}
