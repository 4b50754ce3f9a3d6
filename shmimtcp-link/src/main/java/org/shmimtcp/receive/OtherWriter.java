package org.shmimtcp.receive;

import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Processes;

/**
 * Detects that another process also publishes frames in the copy, so that its readers get those of
 * both. Used by the loop.
 */
final class OtherWriter {
    /**
     * A counter that was set by hand once is not a writer, and a writer silent for so long is gone.
     */
    private static final long WINDOW_NS = 5_000_000_000L;

    private final LinkState state;
    private final LimitedLog log;
    private long seen;
    private long lastNs;
    private boolean met;
    private boolean contested;

    OtherWriter(LinkState state, LimitedLog log) {
        this.state = state;
        this.log = log;
    }

    /** Starts with another image. */
    void moved() {
        seen = 0;
    }

    /**
     * Reports the start and the end of the conflict. While there is none, it costs one read of a
     * counter.
     */
    void check(Image copy, FrameWriter writer) {
        long foreign = writer.foreignFrames();
        if (foreign == seen && !contested) {
            return;
        }
        long nowNs = Clock.monotonicNs();
        if (foreign != seen) {
            boolean again = met && nowNs - lastNs < WINDOW_NS;
            seen = foreign;
            lastNs = nowNs;
            met = true;
            if (again && !contested) {
                contested = true;
                begin(copy);
            }
        } else if (nowNs - lastNs > WINDOW_NS) {
            contested = false;
            state.become(LinkState.State.CONNECTED);
        }
    }

    private void begin(Image copy) {
        int pid = copy.writerPid();
        boolean known = pid > 0 && Processes.isAlive(pid);
        String reason =
                (known
                                ? "process "
                                        + pid
                                        + " ("
                                        + StreamName.printable(Processes.name(pid))
                                        + ")"
                                : "another process")
                        + " writes stream '"
                        + copy.name()
                        + "', too: readers get the frames of both";
        state.failed(reason);
        log.add(reason + "; end one of the two, or give this copy another name");
        state.become(LinkState.State.CONTESTED); // last, when the line is written
    }

    /** Forgets the state, which is unknown without a connection. */
    void forget() {
        contested = false;
        met = false;
    }
}
