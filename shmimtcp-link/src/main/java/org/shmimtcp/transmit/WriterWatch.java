package org.shmimtcp.transmit;

import java.util.List;
import java.util.function.Supplier;
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
    private final Supplier<List<LinkState>> states;
    private final LimitedLog log;
    private boolean stalled;

    WriterWatch(Image image, LinkState state, LimitedLog log) {
        this(image, () -> List.of(state), log);
    }

    /**
     * @param states the states of all link ends that send the image
     */
    WriterWatch(Image image, Supplier<List<LinkState>> states, LimitedLog log) {
        this.image = image;
        this.states = states;
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
            log.add(reason + "; nothing is sent until a writer finishes a frame");
            states.get().forEach(state -> showStall(state, reason)); // when the line is written
        } else {
            states.get().forEach(state -> state.become(LinkState.State.CONNECTED));
        }
    }

    /** Shows the stall in the state of a link end that has joined meanwhile, if there is one. */
    void tell(LinkState state) {
        if (stalled) {
            showStall(state, reason());
        }
    }

    private static void showStall(LinkState state, String reason) {
        state.failed(reason);
        state.become(LinkState.State.STALLED);
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
