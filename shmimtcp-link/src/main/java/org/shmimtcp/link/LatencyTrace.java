package org.shmimtcp.link;

/**
 * Receives from a loop the stages that each frame reaches. This class ignores them at no cost: the
 * JIT compiler removes the calls as long as no {@link RecordedTrace} exists.
 */
public class LatencyTrace {
    /** Records nothing. */
    public static final LatencyTrace OFF = new LatencyTrace();

    LatencyTrace() {}

    /** The stages of a frame's path, in order: four at its source, three at its copy. */
    public enum Stage {
        /** Published by the source's writer, at its own time stamp. */
        WRITTEN(0, true),
        /** Seen by the transmitter. */
        WOKEN(1, true),
        /** Complete in the transmitter's memory. */
        COPIED(2, true),
        /** Passed to the kernel. The frame may already have reached the receiver by then. */
        SENT(3, true),
        /** Complete in the receiver's memory. */
        RECEIVED(4, false),
        /** Verified. */
        CHECKED(5, false),
        /** Published in the copy; readers are woken. */
        PUBLISHED(6, false);

        /** Index of the stage. */
        final int place;

        /** True if its time is on the clock of the source's machine. */
        final boolean atSource;

        Stage(int place, boolean atSource) {
            this.place = place;
            this.atSource = atSource;
        }
    }

    /** The frame has reached this stage now. */
    public void done(Stage stage) {}

    /** The frame reached this stage at a time on the monotonic clock. */
    public void done(Stage stage, long monotonicNs) {}

    /**
     * The frame reached this stage at a time on {@link org.shmimtcp.posix.Clock.Wall}; 0 if
     * unknown.
     */
    public void doneAt(Stage stage, long wallNs) {}

    /**
     * The frame has passed this end.
     *
     * @param cnt0 the source's counter
     * @param clockOffsetNs the peer's clock minus this machine's, for comparing their times; 0 if
     *     no time of this machine is on that clock
     */
    public void through(long cnt0, long clockOffsetNs) {}
}
