package org.shmimtcp.status;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.AgeCounts;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.posix.Processes;

/**
 * The state of one end of a link at {@link #updatedMs}. The JSON fields have the same names; null
 * fields are omitted. Times are Unix time in ms.
 *
 * @param kind {@code tx} for a transmitter, {@code rx} for a receiver, {@code sub} for a
 *     subscription, {@code pub} for a publisher
 * @param stream its local name; {@code port N} for a receiver without a first connection; for a
 *     publisher, names and patterns
 * @param peer address of the peer; for a transmitter or subscription, the address that it connects
 *     to; null for a publisher
 * @param port the receiver's or publisher's port
 * @param wire protocol: native, milk1, milk2, milk3, milk; null before the first connection
 * @param state connected, publishing, paused, stalled, contested, waiting, no stream, starting,
 *     stopped, failed
 * @param sinceMs start of that state
 * @param framesIn frames published by the source
 * @param framesOut frames sent, or published by this receiver or subscription
 * @param inPerS recent rate of framesIn, per second
 * @param skipped frames of the source that were not passed on
 * @param repeated frames that arrived twice and were not published again
 * @param damaged messages with a wrong checksum
 * @param refused connections refused
 * @param reconnections connections after the first
 * @param ageP50Us median age on arrival of the frames of the last second; null if there were none,
 *     or if it is unknown
 * @param ages ages of all frames since the link was started; null for a transmitter
 * @param clockOffsetUs the peer's clock minus this machine's; null if unknown
 * @param clockErrorUs maximum error of clockOffsetUs
 * @param roundTripUs best recent round trip
 * @param clients a publisher's clients that have requested a stream; null otherwise
 * @param views what they view, the fastest 50; null otherwise
 * @param origins ids of the streams that a wanted copy is a copy of, the nearest first, which
 *     reveal copies in a circle; null for an end that nobody wanted
 * @param lastError the most recent error; null if there was none
 * @param pid process id; valid together with processStart, because process ids are reused
 * @param processStart start time of the process, in kernel ticks since boot
 * @param host this machine's host name
 * @param updatedMs time of this status, which is written once a second
 */
public record LinkStatus(
        String kind,
        String stream,
        @Nullable String peer,
        int port,
        @Nullable String wire,
        boolean tls,
        String state,
        long sinceMs,
        long framesIn,
        long framesOut,
        double inPerS,
        double outPerS,
        double megabytesPerS,
        long skipped,
        long repeated,
        long damaged,
        long refused,
        long reconnections,
        @Nullable Double ageP50Us,
        @Nullable Double ageP99Us,
        @Nullable AgeCounts ages,
        @Nullable Double clockOffsetUs,
        @Nullable Double clockErrorUs,
        @Nullable Double roundTripUs,
        @Nullable Integer clients,
        @Nullable List<LinkEnd.View> views,
        @Nullable List<String> origins,
        @Nullable String lastError,
        long lastErrorMs,
        int pid,
        long processStart,
        String host,
        String version,
        long updatedMs) {
    public static final String TRANSMITTER = "tx";
    public static final String RECEIVER = "rx";
    public static final String SUBSCRIPTION = "sub";
    public static final String PUBLISHER = "pub";
    public static final String CONNECTED = LinkState.State.CONNECTED.text();

    /**
     * A process that has written no status for so long hangs or is stopped, or the machine is
     * overloaded.
     */
    private static final long SILENT_MS = 10_000;

    /** Returns the kind of status that a role has. */
    static String kind(LinkEnd.Role role) {
        return switch (role) {
            case TRANSMITTER -> TRANSMITTER;
            case RECEIVER -> RECEIVER;
            case SUBSCRIBER -> SUBSCRIPTION;
            case PUBLISHER -> PUBLISHER;
        };
    }

    /**
     * True for a transmitter. Not named isTransmitter, because it would then appear in the JSON.
     */
    public boolean transmits() {
        return kind.equals(TRANSMITTER);
    }

    /** True for a receiver of a transmitter, not for a subscription. */
    public boolean receives() {
        return kind.equals(RECEIVER);
    }

    /** True for a subscription. */
    public boolean subscribes() {
        return kind.equals(SUBSCRIPTION);
    }

    /** True for the receiver of a stream that this machine has requested. */
    public boolean wants() {
        return receives() && origins != null;
    }

    /** True for a publisher. */
    public boolean publishes() {
        return kind.equals(PUBLISHER);
    }

    /** True if it connects to a peer of its own choice, whose address therefore stays. */
    public boolean connects() {
        return transmits() || subscribes() || wants();
    }

    /** True if it copies this stream, or is a publisher that sends it to a client. */
    public boolean concerns(String name) {
        return stream.equals(name)
                || (views != null && views.stream().anyMatch(view -> view.stream().equals(name)));
    }

    /**
     * True while the link is connected and frames pass, for a publisher that listens, and for a
     * copy that nobody uses.
     */
    public boolean works() {
        return state.equals(CONNECTED)
                || state.equals(LinkState.State.PUBLISHING.text())
                || rests();
    }

    /** True while there is no connection because nobody uses the copy. */
    public boolean rests() {
        return state.equals(LinkState.State.UNUSED.text());
    }

    /** True while the link is connected, even if frames are held back or something is wrong. */
    public boolean hasConnection() {
        return (works() && !rests())
                || state.equals(LinkState.State.PAUSED.text())
                || state.equals(LinkState.State.STALLED.text())
                || state.equals(LinkState.State.CONTESTED.text());
    }

    /** Returns why frames do not pass normally, while the link is connected. */
    public String hindrance() {
        return state.equals(LinkState.State.PAUSED.text()) || lastError == null
                ? state
                : state + ": " + lastError;
    }

    /** True if its process is running on this machine. */
    boolean isAlive() {
        return Processes.isAlive(pid) && Processes.startTicks(pid) == processStart;
    }

    /** True if the other status describes the same link end, perhaps at another time. */
    boolean isOf(LinkStatus other) {
        return pid == other.pid
                && processStart == other.processStart
                && kind.equals(other.kind)
                && port == other.port
                && stream.equals(other.stream);
    }

    /** True if its process is overdue with its next status, even if the clock was set back. */
    public boolean isSilent(long nowMs) {
        return Math.abs(nowMs - updatedMs) > SILENT_MS;
    }
}
