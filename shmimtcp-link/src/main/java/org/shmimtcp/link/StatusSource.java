package org.shmimtcp.link;

import org.shmimtcp.loop.Loop;

/** A loop that reports its state to {@code shmim status} and other readers. */
public interface StatusSource extends Loop {
    /**
     * Returns the current state with the figures since the last call. Only one thread may call
     * this.
     */
    LinkEnd.Link link();

    /**
     * Returns the current state without frame ages, and without an effect on any figure. Any thread
     * may call this.
     */
    LinkEnd.Link glance();

    /** Obeys a request to reconnect, if the loop makes connections. Any thread may call this. */
    void restart();
}
