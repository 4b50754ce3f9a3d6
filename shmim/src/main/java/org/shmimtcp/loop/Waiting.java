package org.shmimtcp.loop;

import java.util.Locale;

/** How a loop waits for the next frame: the option {@code --wait}. */
public enum Waiting {
    /**
     * A transmitter sleeps until shortly before a periodic source's next frame is due, then polls,
     * unless CPUs are kept from sleeping altogether ({@link CpuSleepGuard}). A receiver waits as
     * with BLOCK: the transmitter's core is awake by then, and on a machine with two cores, other
     * programs need the second one (docs/performance-notes.md).
     */
    AUTO,
    /** Sleeps until the frame arrives: least CPU use, but waking takes a while. */
    BLOCK,
    /** Never sleeps: for CPUs reserved for the loop. */
    SPIN;

    /** Returns the value of the option {@code --wait}. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
