package org.shmimtcp.loop;

/**
 * Hears from a loop how far each frame has come. This one forgets it, at no cost: as long as no
 * {@link StepTimes} was made the compiler leaves the calls out.
 */
public class Steps {
    /** For loops that nobody asked. */
    public static final Steps OFF = new Steps();

    Steps() {}

    /** The steps of a frame's way, in their order: four at its source, three at its copy. */
    public enum Step {
        /** Published by the source's writer: its own time stamp. */
        WRITTEN(0, true),
        /** Seen by the transmitter. */
        WOKEN(1, true),
        /** Whole in the transmitter's memory. */
        COPIED(2, true),
        /** Handed over to the kernel; by then it may be at the receiver already. */
        SENT(3, true),
        /** Whole in the receiver's memory. */
        RECEIVED(4, false),
        /** Checked. */
        CHECKED(5, false),
        /** Published in the copy, readers woken. */
        PUBLISHED(6, false);

        /** Its place among them. */
        final int place;

        /** By the clock of the source's machine. */
        final boolean atSource;

        Step(int place, boolean atSource) {
            this.place = place;
            this.atSource = atSource;
        }
    }

    /** A frame has come that far now. */
    public void done(Step step) {}

    /** It had come that far at that time of the monotonic clock. */
    public void done(Step step, long monotonicNs) {}

    /** It had come that far at that time of {@link org.shmimtcp.posix.Clock.Wall}; 0: unknown. */
    public void doneAt(Step step, long wallNs) {}

    /**
     * It is through at this end.
     *
     * @param cnt0 of the source
     * @param clockOffsetNs what the clock of the other machine is ahead, for who compares; 0 if
     *     nothing of here is on that clock
     */
    public void through(long cnt0, long clockOffsetNs) {}
}
