package org.shmimtcp.status;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.AgeCounts;
import org.shmimtcp.loop.LinkState;
import org.shmimtcp.posix.Processes;

/**
 * One end of a link as it was at {@link #updatedMs}; in JSON, the fields have these names, and
 * those that are null are left out. Times are Unix time in ms.
 *
 * @param kind {@code tx} for a transmitter, {@code rx} for a receiver
 * @param stream its local name; of a receiver that waits for its first transmitter, {@code port N}
 * @param peer address of the other end; of a transmitter where it connects to
 * @param port the receiver's
 * @param wire what is spoken: native, milk1, milk2, milk3, milk; null before the first connection
 * @param state connected, paused, stalled, contested, waiting, no stream, starting, stopped, failed
 * @param sinceMs when that state began
 * @param framesIn frames that the source got
 * @param framesOut frames sent, or published here
 * @param inPerS the same lately, a second
 * @param skipped frames of the source that were not passed on
 * @param repeated frames that came a second time and were not published again
 * @param damaged messages whose checksum was wrong
 * @param refused visitors sent away
 * @param reconnections connections after the first
 * @param ageP50Us of the frames of the last second on arrival; null without any, or unknown
 * @param ages of all frames since the link was started; null of a transmitter
 * @param clockOffsetUs the other machine's clock minus ours; null if not known
 * @param clockErrorUs greatest possible error of that
 * @param roundTripUs of the best round trip lately
 * @param lastError what went wrong last, if anything
 * @param pid of the process, with its start time, since a number may come again
 * @param processStart in ticks of the kernel since it booted
 * @param host what this machine calls itself
 * @param updatedMs when this was written: once a second
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
        @Nullable String lastError,
        long lastErrorMs,
        int pid,
        long processStart,
        String host,
        String version,
        long updatedMs) {
    public static final String TRANSMITTER = "tx";
    public static final String RECEIVER = "rx";
    public static final String CONNECTED = "connected";

    /** A process that has not written for so long hangs, is stopped, or the machine overloaded. */
    private static final long SILENT_MS = 10_000;

    /** True for a transmitter. (Were it called isTransmitter, it would be in the JSON.) */
    public boolean transmits() {
        return kind.equals(TRANSMITTER);
    }

    /** True while there is a connection, and frames go through. */
    public boolean works() {
        return state.equals(CONNECTED);
    }

    /** True while there is a connection; frames may be held back, or something be wrong. */
    public boolean hasConnection() {
        return works()
                || state.equals(LinkState.PAUSED)
                || state.equals(LinkState.STALLED)
                || state.equals(LinkState.CONTESTED);
    }

    /** Why frames do not go as they should, while there is a connection. */
    public String hindrance() {
        return state.equals(LinkState.PAUSED) || lastError == null
                ? state
                : state + ": " + lastError;
    }

    /** True if its process lives on this machine. */
    boolean isAlive() {
        return Processes.isAlive(pid) && Processes.startTicks(pid) == processStart;
    }

    /** True if the other is of the same end, perhaps at another time. */
    boolean isOf(LinkStatus other) {
        return pid == other.pid
                && processStart == other.processStart
                && kind.equals(other.kind)
                && port == other.port
                && stream.equals(other.stream);
    }

    /** True if its process should have written again by then, also if the clock was set back. */
    public boolean isSilent(long nowMs) {
        return Math.abs(nowMs - updatedMs) > SILENT_MS;
    }
}
