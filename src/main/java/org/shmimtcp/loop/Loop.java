package org.shmimtcp.loop;

import java.time.Duration;

/** A loop that runs until it is told to stop. */
public interface Loop extends Runnable {
    /** How long a loop may take to end: a process is to be gone a second after the signal. */
    Duration STOP_TIME = Duration.ofMillis(800);

    /** Ends {@link #run} within {@link #stopTime}; any thread may call it. */
    void stop();

    /** How long this one may take to end. */
    default Duration stopTime() {
        return STOP_TIME;
    }

    /**
     * What it has counted so far. For the line of rates alone: a link's {@link Traffic#rest} has
     * the ages of the frames since it was last asked. Others ask {@link LinkEnd#glance}.
     */
    Traffic traffic();

    /**
     * Counts since the start.
     *
     * @param what the stream, or the port while there is none
     * @param state one word or two: connected, waiting
     * @param in frames that the source published
     * @param out frames sent, or published here
     * @param bytes pixel and keyword bytes of these
     * @param skipped frames of the source that were not passed on
     * @param rest further counts as {@code name=value}
     */
    record Traffic(
            String what, String state, long in, long out, long bytes, long skipped, String rest) {}
}
