package org.shmimtcp.loop;

import java.util.Locale;

/** How a loop waits for the next frame: the option {@code --wait}. */
public enum Waiting {
    /**
     * A transmitter sleeps until shortly before a frame of a periodic source is due, then looks for
     * it, unless no CPU sleeps at all ({@link Wakefulness}); a receiver does as with BLOCK: the
     * transmitter's core is awake then, and where there are but two, the second is wanted by others
     * (docs/performance-notes.md).
     */
    AUTO,
    /** Sleeps until the frame is there: least use of the CPU, but waking takes a while. */
    BLOCK,
    /** Never sleeps: for CPUs that the loop has for itself. */
    SPIN;

    /** As the option has it. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
