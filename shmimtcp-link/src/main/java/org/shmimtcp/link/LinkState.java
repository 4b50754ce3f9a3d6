package org.shmimtcp.link;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The state of a link end, since when, and the last error. The loop sets it on each change; any
 * thread may read it.
 */
public final class LinkState {
    /** The states of a link end. */
    public enum State {
        /** Looking for its stream or its peer for the first time. */
        STARTING,
        /** The stream to send does not exist. */
        NO_STREAM,
        /** Not connected. */
        WAITING,
        /** Not connected, because nobody uses the copy. */
        UNUSED,
        /** Connected; frames pass. */
        CONNECTED,
        /** Listening for viewers, whether there are any or not. */
        PUBLISHING,
        /** Connected, but frames are held back on request. */
        PAUSED,
        /** Connected, but nothing to send: the source's writer stopped in the middle of a frame. */
        STALLED,
        /** Connected, but another process writes to the copy, too. */
        CONTESTED,
        /** Ended by an error; retried. */
        FAILED,
        /** Ended. */
        STOPPED;

        private final String text = name().toLowerCase(Locale.ROOT).replace('_', ' ');

        /** Returns the name as it is printed and published. */
        public String text() {
            return text;
        }

        @Override
        public String toString() {
            return text();
        }
    }

    /**
     * The state at one moment.
     *
     * @param sinceMs start of this state, Unix time in ms
     * @param peer the peer's address, or the last peer's while there is none; null before the first
     * @param protocol the protocol of the current or last connection; null before the first
     * @param error the last error; null if there was none
     * @param errorMs time of the last error, Unix time in ms; 0 if there was none
     */
    public record Now(
            State state,
            long sinceMs,
            @Nullable String peer,
            @Nullable Protocol protocol,
            @Nullable String error,
            long errorMs) {}

    private final Control control;
    private volatile Now now;

    /**
     * @param peer the address to connect to; null if the end accepts any peer
     * @param control decides whether a connected end is paused
     */
    public LinkState(State state, @Nullable String peer, Control control) {
        this.control = control;
        this.now = new Now(state, System.currentTimeMillis(), peer, null, null, 0);
    }

    public Now now() {
        Now is = now;
        if (is.state != State.CONNECTED || !control.isHeld()) {
            return is;
        }
        long since = Math.max(is.sinceMs, control.heldSinceMs());
        return new Now(State.PAUSED, since, is.peer, is.protocol, is.error, is.errorMs);
    }

    /** Changes the state; setting the same state again changes nothing. */
    public synchronized void become(State state) {
        if (state != now.state) {
            now =
                    new Now(
                            state,
                            System.currentTimeMillis(),
                            now.peer,
                            now.protocol,
                            now.error,
                            now.errorMs);
        }
    }

    public synchronized void connected(String peer, Protocol protocol) {
        long timeMs = System.currentTimeMillis();
        now = new Now(State.CONNECTED, timeMs, peer, protocol, now.error, now.errorMs);
    }

    public synchronized void failed(String error) {
        long timeMs = System.currentTimeMillis();
        now = new Now(now.state, now.sinceMs, now.peer, now.protocol, error, timeMs);
    }
}
