package org.shmimtcp.loop;

import java.time.Duration;

/** A loop that runs until it is stopped. */
public interface Loop extends Runnable {
    /** Maximum time for a loop to stop: a process must be gone a second after the signal. */
    Duration STOP_TIME = Duration.ofMillis(800);

    /** Ends {@link #run} within {@link #stopTime}; any thread may call it. */
    void stop();

    /** Returns the maximum time for this loop to stop. */
    default Duration stopTime() {
        return STOP_TIME;
    }

    /**
     * Returns the counts so far. For the rates line only: {@link Traffic#rest} may contain values
     * of the time since the last call, such as the ages of a link's frames.
     */
    Traffic traffic();

    /**
     * Counts since the start.
     *
     * @param what the stream, or the port while the stream is unknown
     * @param state one or two words: connected, waiting
     * @param in frames that the source published
     * @param out frames sent, or published by this receiver
     * @param bytes pixel and keyword bytes of these
     * @param skipped frames of the source that were not passed on
     * @param rest further counts as {@code name=value}
     */
    record Traffic(
            String what, String state, long in, long out, long bytes, long skipped, String rest) {}
}
