package org.shmimtcp.loop;

import org.jspecify.annotations.Nullable;

/**
 * The state of a link end, since when, and the last error. The loop sets it on each change; any
 * thread may read it.
 */
public final class LinkState {
    /**
     * The state at one moment.
     *
     * @param what one or two words: connected, paused, waiting
     * @param sinceMs start of this state, Unix time in ms
     * @param peer the peer's address, or the last peer's while there is none; null before the first
     * @param wire the protocol of the current or last connection: native, milk1; null before the
     *     first
     * @param error the last error; null if there was none
     * @param errorMs time of the last error, Unix time in ms; 0 if there was none
     */
    public record Now(
            String what,
            long sinceMs,
            @Nullable String peer,
            @Nullable String wire,
            @Nullable String error,
            long errorMs) {}

    public static final String CONNECTED = "connected";
    public static final String PAUSED = "paused";

    /** Connected, but nothing to send: the source's writer stopped in the middle of a frame. */
    public static final String STALLED = "stalled";

    /** Connected, but another process writes to the copy, too. */
    public static final String CONTESTED = "contested";

    private final Control control;
    private volatile Now now;

    /**
     * @param peer the address to connect to; null if the end accepts any peer
     * @param control decides whether a connected end is paused
     */
    public LinkState(String what, @Nullable String peer, Control control) {
        this.control = control;
        this.now = new Now(what, System.currentTimeMillis(), peer, null, null, 0);
    }

    public Now now() {
        Now is = now;
        if (!is.what.equals(CONNECTED) || !control.isHeld()) {
            return is;
        }
        long since = Math.max(is.sinceMs, control.heldSinceMs());
        return new Now(PAUSED, since, is.peer, is.wire, is.error, is.errorMs);
    }

    /** Changes the state; setting the same state again changes nothing. */
    public synchronized void become(String what) {
        if (!what.equals(now.what)) {
            now =
                    new Now(
                            what,
                            System.currentTimeMillis(),
                            now.peer,
                            now.wire,
                            now.error,
                            now.errorMs);
        }
    }

    public synchronized void connected(String peer, String wire) {
        long timeMs = System.currentTimeMillis();
        now = new Now(CONNECTED, timeMs, peer, wire, now.error, now.errorMs);
    }

    public synchronized void failed(String error) {
        long timeMs = System.currentTimeMillis();
        now = new Now(now.what, now.sinceMs, now.peer, now.wire, error, timeMs);
    }
}
