package org.shmimtcp.loop;

import org.jspecify.annotations.Nullable;

/** One end of a link: a transmitter or a receiver. */
public interface LinkEnd extends Loop {
    /** How it is, without the ages; any thread may ask. */
    Link glance();

    /** How it is. One thread may ask: ages are those of the frames since it last did. */
    Link link();

    /**
     * Gives up its connection, if it has one, and begins anew, as if its process had been; any
     * thread may call it. What it has counted stays, and so does a hold by its {@link #control}.
     */
    void restart();

    /** Holds its frames back, and lets them go. */
    Control control();

    /** Which end. */
    enum Role {
        TRANSMITTER,
        RECEIVER
    }

    /**
     * All that is known of it.
     *
     * @param traffic without {@link Loop.Traffic#rest}
     * @param port the receiver's, at both ends
     * @param tls true if the two talk TLS
     * @param repeated frames that came a second time and were not published again
     * @param damaged messages whose checksum was wrong
     * @param refused visitors sent away
     * @param connections made so far
     * @param ages of the frames lately, or null if none came or nothing is known of their age
     * @param ageCounts of all frames since the start; null if nobody here counts them
     * @param clock of the other machine
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

    /** Of frames on arrival, since they were written at their source. */
    record Ages(long p50Ns, long p99Ns) {}
}
