package org.shmimtcp.transmit;

import org.shmimtcp.image.Image;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.posix.Processes;

/**
 * Reports why nothing is sent while the source's {@code write} flag stays up: its writer has died
 * or stopped in the middle of a frame. Used by the loop while no frame arrives.
 */
final class WriterWatch {
    private final Image image;
    private final LinkState state;
    private final LimitedLog log;
    private boolean stalled;

    WriterWatch(Image image, LinkState state, LimitedLog log) {
        this.image = image;
        this.state = state;
        this.log = log;
    }

    /** True between the report of a stall and the report of its end. */
    boolean isStalled() {
        return stalled;
    }

    /** Reports the start and the end of a stall. */
    void check() {
        boolean now = image.isWriterStalled();
        if (now == stalled) {
            return;
        }
        stalled = now;
        if (now) {
            String reason = reason();
            state.failed(reason);
            log.add(reason + "; nothing is sent until a writer finishes a frame");
            state.become(LinkState.State.STALLED); // last, when the line is written
        } else {
            state.become(LinkState.State.CONNECTED);
        }
    }

    private String reason() {
        int pid = image.writerPid();
        String writer = "";
        if (pid > 0) {
            writer = " (process " + pid + (Processes.isAlive(pid) ? ")" : ", not running)");
        }
        return "the writer of stream '"
                + image.name()
                + "'"
                + writer
                + " stopped in the middle of a frame: write is up";
    }
}
