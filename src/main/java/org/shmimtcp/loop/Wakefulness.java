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
 * Keeps the CPUs of this machine from sleeping deeply while frames come: three of them are woken on
 * the way of each, and a core that sleeps takes longer to wake than all else together.
 */
public final class Wakefulness implements AutoCloseable {
    /** Default of the setting, and what it may be besides a number of microseconds. */
    public static final String AUTO = "auto";

    public static final String ANY = "any";
    public static final String VARIABLE = "SHMIMTCP_CPU_LATENCY";

    /** The lightest sleep of today's processors takes a microsecond or two. */
    private static final int LIGHT_SLEEP_US = 2;

    /** Who sends less does not count microseconds. */
    private static final double LEAST_FRAMES_PER_S = 20;

    /** So many within one tick are fast frames for certain. */
    private static final long FRAMES_A_TICK = 5;

    private static final long REST_NS = 5_000_000_000L;
    private static final Logger LOG = LoggerFactory.getLogger(Wakefulness.class);

    private final Path device;
    private final int latencyUs;
    private boolean trying;
    private boolean said;
    private volatile @Nullable CpuLatency held;
    private long tickFrames;
    private long lastFrames;
    private long lastNs = Clock.monotonicNs();
    private long busyNs;

    /**
     * @param latencyUs how long a CPU may take to wake, from {@link #parse}
     */
    public Wakefulness(OptionalInt latencyUs) {
        this(latencyUs, CpuLatency.DEVICE);
    }

    /** The same with another device. */
    Wakefulness(OptionalInt latencyUs, Path device) {
        this.device = device;
        this.trying = latencyUs.isPresent();
        this.latencyUs = latencyUs.orElse(0);
    }

    /**
     * How long CPUs may take to wake, in microseconds; empty if they may sleep as they like.
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

    /** True while the kernel is asked for it. */
    boolean isHeld() {
        return held != null;
    }

    /**
     * How a transmitter is to wait that was told to wait like this; to be asked before each frame.
     * While no CPU sleeps at all, waking takes 5 us, and the timers by which one looks out for
     * frames cost more (docs/performance-notes.md).
     */
    public Supplier<Waiting> waiting(Waiting wanted) {
        return wanted == Waiting.AUTO && latencyUs == 0
                ? () -> isHeld() ? Waiting.BLOCK : Waiting.AUTO
                : () -> wanted;
    }

    /**
     * What looks at a loop for it, and ends it with the loop.
     *
     * @param frames how many came so far
     */
    public Observer watching(LongSupplier frames) {
        return new Observer() {
            @Override
            public void look() {
                Wakefulness.this.look(frames.getAsLong());
            }

            @Override
            public void tick() {
                Wakefulness.this.tick(frames.getAsLong());
            }

            @Override
            public void close() {
                Wakefulness.this.close();
            }
        };
    }

    /**
     * To be called some twenty times a second: the first frames are not to wait for the next look.
     *
     * @param frames how many came so far
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
     * To be called about once a second.
     *
     * @param frames how many came so far
     */
    public void look(long frames) {
        look(frames, Clock.monotonicNs());
    }

    synchronized void look(long frames, long nowNs) {
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
            LOG.debug("CPUs sleep as they like: there is no {}", device);
            trying = false;
        } catch (IOException e) {
            LOG.warn(
                    "going on without awake CPUs: {}: {} (see --cpu-latency)",
                    device,
                    IoReason.of(e));
            trying = false;
        }
    }

    /** Once: who wonders why no CPU is idle any more is to find out. */
    private void say() {
        if (!said) {
            said = true;
            LOG.info(
                    "while frames come, CPUs are kept {} (--cpu-latency any lets them sleep)",
                    latencyUs == 0
                            ? "from sleeping"
                            : "awake enough to run in " + latencyUs + " us");
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
