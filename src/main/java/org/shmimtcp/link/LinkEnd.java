package org.shmimtcp.link;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.Loop;

/** One end of a link: a transmitter or a receiver. */
public interface LinkEnd extends Loop {
    /** Returns the current state without frame ages. Any thread may call this. */
    Link glance();

    /**
     * Returns the current state with the ages of the frames since the last call. Only one thread
     * may call this.
     */
    Link link();

    /**
     * Closes its connection, if any, and reconnects as if the process had been restarted. Counts
     * and a hold by {@link #control} are kept. Any thread may call this.
     */
    void restart();

    /** Returns the control that holds frames back and releases them. */
    Control control();

    /** The two ends of a link. */
    enum Role {
        TRANSMITTER,
        RECEIVER
    }

    /**
     * The state of a link end.
     *
     * @param traffic the counts, without {@link Loop.Traffic#rest}
     * @param port the receiver's port, at both ends
     * @param tls true if the connection is encrypted
     * @param repeated frames that arrived twice and were not published again
     * @param damaged messages with a wrong checksum
     * @param refused connections refused
     * @param connections connections made so far
     * @param ages ages of recent frames; null if there were none or their age is unknown
     * @param ageCounts ages of all frames since the start; null if this end does not count them
     * @param clock offset of the peer's clock
     */
    record Link(
            Role role,
            Loop.Traffic traffic,
            int port,
            boolean tls,
            LinkState.Now now,
            long repeated,
            long damaged,
            long refused,
            long connections,
            @Nullable Ages ages,
            @Nullable AgeCounts ageCounts,
            ClockOffset clock) {

        public Link withAges(@Nullable Ages lately, @Nullable AgeCounts all) {
            return new Link(
                    role,
                    traffic,
                    port,
                    tls,
                    now,
                    repeated,
                    damaged,
                    refused,
                    connections,
                    lately,
                    all,
                    clock);
        }
    }

    /** Ages of frames on arrival, since they were written at their source. */
    record Ages(long p50Ns, long p99Ns) {}
}
