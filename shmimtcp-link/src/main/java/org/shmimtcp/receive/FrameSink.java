package org.shmimtcp.receive;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.LatencyTrace;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes frames of a source that sends no keywords, in the same way as a receiver publishes a
 * transmitter's. Call on the loop's thread; any thread may read the counts.
 */
public final class FrameSink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FrameSink.class);
    private static final int CONTESTED_LINES_AT_ONCE = 3;

    /** The source does not identify its image, so only the counter distinguishes frames. */
    private static final IncomingStream.Identity SOURCE =
            new IncomingStream.Identity(0, Instant.EPOCH);

    private final ImageDirectory directory;
    private final String name;
    private final OnLoss onLoss;
    private final boolean sameCounter;
    private final BooleanSupplier stopped;
    private final ReceiverCounts counts = new ReceiverCounts(LatencyTrace.OFF);
    private final SourceState source = new SourceState();
    private final Replacements replacements = new Replacements(Clock::monotonicNs);
    private final OtherWriter others;
    private final FrameWriter.Origin origin = new FrameWriter.Origin();
    private final Clock.Wall wall = new Clock.Wall();

    private @Nullable TargetStream copy;
    private @Nullable ImageSpec spec;
    private @Nullable StaleCopy staleCopy;
    private boolean begun;

    /**
     * @param name name of the copy
     * @param sameCounter true to give the copy the source's cnt0 instead of its own count
     * @param state set to contested while another process writes the copy, too
     */
    public FrameSink(
            ImageDirectory directory,
            String name,
            OnLoss onLoss,
            boolean sameCounter,
            LinkState state,
            BooleanSupplier stopped) {
        this.directory = directory;
        this.name = name;
        this.onLoss = onLoss;
        this.sameCounter = sameCounter;
        this.stopped = stopped;
        this.others = new OtherWriter(state, new LimitedLog(LOG::warn, CONTESTED_LINES_AT_ONCE));
    }

    /**
     * Publishes a frame, unless the copy holds it already.
     *
     * @param of the image that the frame belongs to; a change of size or type re-creates the copy
     * @param seconds time at which the source wrote it; 0 if unknown
     * @throws ImageException if the copy can be neither opened nor created, or must not be replaced
     */
    public void publish(ImageSpec of, MemorySegment pixels, long cnt0, long seconds, long nanos) {
        TargetStream into = copyFor(of);
        into.follow();
        try {
            publish(into, pixels, cnt0, seconds, nanos);
        } catch (ImageException.Truncated e) {
            into.reopen(); // the next frame goes into the new one
        }
    }

    private TargetStream copyFor(ImageSpec of) {
        TargetStream now = copy;
        if (now != null && of.equals(spec)) {
            return now;
        }
        closeCopy();
        now = new TargetStream(directory, name, of, null, replacements, others, stopped);
        copy = now;
        spec = of;
        staleCopy = null;
        return now;
    }

    private void publish(
            TargetStream into, MemorySegment pixels, long cnt0, long seconds, long nanos) {
        into.prepareForFrame();
        if (!begun) {
            begun = true;
            source.begin(SOURCE, cnt0 - 1);
        }
        if (source.isLast(cnt0) && into.holds(0, pixels, 0)) {
            counts.repeated.increment();
            return;
        }
        wall.read();
        origin.startSeconds = wall.seconds();
        origin.startNanos = wall.nanos();
        origin.cnt0 = cnt0;
        origin.acquiredSeconds = seconds > 0 ? seconds : origin.startSeconds;
        origin.acquiredNanos = seconds > 0 ? nanos : origin.startNanos;
        FrameWriter writer = into.writer();
        writer.begin();
        writer.writeSlice(0, pixels, 0);
        writer.commit(0, origin, sameCounter);
        counts.skipped.add(source.advance(cnt0));
        counts.published.increment();
        counts.bytes.add(pixels.byteSize());
    }

    /**
     * True if the copy's newest frame has this counter and write time: the source is this copy.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean isOwn(long cnt0, long seconds, long nanos) {
        TargetStream now = copy;
        return now != null
                && now.isThere()
                && seconds > 0
                && now.writer().isNewest(cnt0, seconds, nanos);
    }

    /** Records a new connection to the source. */
    public void connected() {
        counts.connections.increment();
        staleCopy = null;
        others.forget();
    }

    /** Records the loss of the source. */
    public void lost() {
        if (copy != null && staleCopy == null) {
            staleCopy = new StaleCopy(directory, name, onLoss, sameCounter);
        }
    }

    /** Counts a message that was not a frame. */
    public void damaged() {
        counts.damaged.increment();
    }

    /**
     * Checks whether the copy was replaced or is due to be zeroed. Call often while no frame
     * arrives.
     */
    public void checkCopy() {
        StaleCopy alone = staleCopy;
        if (alone != null && alone.zeroIfDue()) {
            source.forget();
            staleCopy = null;
            closeCopy();
        }
        TargetStream now = copy;
        if (now != null) {
            now.follow();
        }
    }

    /** Returns the number of frames published. */
    public long published() {
        return counts.published.get();
    }

    /** Returns the number of pixel bytes published. */
    public long bytes() {
        return counts.bytes.get();
    }

    /** Returns the number of frames of the source that did not arrive. */
    public long skipped() {
        return counts.skipped.get();
    }

    /** Returns the number of frames that arrived twice. */
    public long repeated() {
        return counts.repeated.get();
    }

    /** Returns the number of messages that were not frames. */
    public long damagedMessages() {
        return counts.damaged.get();
    }

    /** Returns the number of connections made. */
    public long connections() {
        return counts.connections.get();
    }

    /** Returns the offset of the source's clock, which is never known. */
    public ClockOffset clock() {
        return counts.clock;
    }

    private void closeCopy() {
        TargetStream last = copy;
        copy = null;
        spec = null;
        if (last != null) {
            last.close();
        }
    }

    @Override
    public void close() {
        closeCopy();
    }
}
