package org.shmimtcp.link;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.Loop;

/** One end of a link: a transmitter, a receiver or a subscription. */
public interface LinkEnd extends StatusSource {
    /**
     * Returns the current state with the ages of the frames since the last call. Only one thread
     * may call this.
     */
    @Override
    Link link();

    /**
     * Closes its connection, if any, and reconnects as if the process had been restarted. Counts
     * and a hold by {@link #control} are kept. Any thread may call this.
     */
    @Override
    void restart();

    /** Returns the control that holds frames back and releases them. */
    Control control();

    /** What a loop does with frames. */
    enum Role {
        TRANSMITTER,
        RECEIVER,
        /** Sends frames to viewers that request them. */
        PUBLISHER,
        /** Requests frames from a publisher. */
        SUBSCRIBER
    }

    /**
     * The state of a link end.
     *
     * @param traffic the counts, without {@link Loop.Traffic#rest}
     * @param port the receiver's or publisher's port, at both ends
     * @param tls true if the connection is encrypted
     * @param repeated frames that arrived twice and were not published again
     * @param damaged messages with a wrong checksum
     * @param refused connections refused
     * @param connections connections made so far
     * @param ages ages of recent frames; null if there were none or their age is unknown
     * @param ageCounts ages of all frames since the start; null if this end does not count them
     * @param clock offset of the peer's clock
     * @param viewers a publisher's clients; null for other roles
     * @param origins {@link StreamId}s of the streams that a wanted copy is a copy of, the nearest
     *     first; empty until they are known; null for an end that nobody wanted
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
            ClockOffset clock,
            @Nullable Viewers viewers,
            @Nullable List<String> origins) {

        /** Creates the state of an end that has no viewers and no origins. */
        public Link(
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
            this(
                    role,
                    traffic,
                    port,
                    tls,
                    now,
                    repeated,
                    damaged,
                    refused,
                    connections,
                    ages,
                    ageCounts,
                    clock,
                    null,
                    null);
        }

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
                    clock,
                    viewers,
                    origins);
        }

        /** Returns the state of a wanted copy with these origins. */
        public Link withOrigins(List<String> ids) {
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
                    ages,
                    ageCounts,
                    clock,
                    viewers,
                    List.copyOf(ids));
        }
    }

    /**
     * The clients of a publisher.
     *
     * @param count clients that have requested a stream
     * @param views what they view, at most {@link #MAX_VIEWS}, the fastest first
     */
    record Viewers(int count, List<View> views) {
        /** Limit for the views reported, because a status is short. */
        public static final int MAX_VIEWS = 50;

        public Viewers {
            views = List.copyOf(views);
        }
    }

    /**
     * A stream that a client views.
     *
     * @param client its address
     * @param perS recent frames per second
     */
    record View(String client, String stream, double perS) {}

    /** Ages of frames on arrival, since they were written at their source. */
    record Ages(long p50Ns, long p99Ns) {}
}
