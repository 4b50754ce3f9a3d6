package org.shmimtcp.loop;

import org.jspecify.annotations.Nullable;

/**
 * What a link end does now, since when, and what went wrong last. The loop says it when it changes;
 * any thread reads.
 */
public final class LinkState {
    /**
     * All of it at one moment.
     *
     * @param what one word or two: connected, paused, waiting
     * @param sinceMs when that began, Unix time
     * @param peer the other end's address, the last one while there is none; null for nobody yet
     * @param wire what is or was last spoken with it: native, milk1; null before the first
     * @param error what went wrong last; null if nothing did
     * @param errorMs when, Unix time; 0 if nothing did
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

    /** Connected, and nothing to send: the source's writer stopped in the middle of a frame. */
    public static final String STALLED = "stalled";

    /** Connected, and another process publishes in the copy, too. */
    public static final String CONTESTED = "contested";

    private final Control control;
    private volatile Now now;

    /**
     * @param peer whom it tries to reach; null if it waits for anybody
     * @param control who is connected and held is paused
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

    /** It does something else from now on; the same again changes nothing. */
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
