package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.FrameMessage;
import org.shmimtcp.wire.Message;

/**
 * One connection of a {@link Distributor}: what it has been sent, and what it is being sent. It
 * never blocks: what the kernel does not take now is tried again later.
 *
 * <p>From {@link Distributor#add} until {@link #isOut}, only the distributor's thread sends on the
 * connection, and only it may call the methods not marked otherwise.
 */
final class Branch {
    private static final long MAX_PING_PERIOD_NS = 1_000_000_000L;

    private static final long NO_FRAME = 0;

    private final Connection connection;
    private final Answers answers;
    private final TransmitterCounts counts;
    private final Control control;
    private final LinkState state;
    private final long periodNs;
    private final long roomBytes;
    private final long silenceNs;
    private final long pingPeriodNs;

    /** Frames up to this counter were there before the connection, and are not sent on it. */
    private final long beforeCnt0;

    private final Clock.Wall wall = new Clock.Wall();
    private final MemorySegment small = Arena.ofAuto().allocate(Message.MAX_SMALL_BYTES, 8);
    private final MemorySegment keywords;
    private final FrameMessage.Checksum keywordChecksum;
    private final CountDownLatch out = new CountDownLatch(1);
    private volatile @Nullable String farewell;
    private volatile @Nullable Throwable failure;

    /** True once the distributor has noticed it. */
    private boolean joined;

    // The message being sent.
    private MemorySegment message = MemorySegment.NULL;
    private @Nullable SharedFrame frame;
    private long sentBytes;
    private long readyBytes;

    /** True while more of the message may follow than is ready. */
    private boolean open;

    // Keywords: all changes up to this number were sent.
    private long told = KeywordHistory.NOTHING;
    private long tellThrough = KeywordHistory.NOTHING;
    private int tellFrom;

    private long sentNumber = NO_FRAME;
    private long nextFrameNs;
    private long nextPingNs;
    private boolean stepping;

    private final RoomPolling room = new RoomPolling();
    private long progressNs;

    /** When to call again at the latest. */
    private long callNs;

    /**
     * Any thread may call this.
     *
     * @param answers receives on the connection
     * @param periodNs minimum time between two frames; 0 for none
     * @param roomBytes unacknowledged bytes up to which the next frame is sent
     * @param beforeCnt0 counter of the last frame that is not sent on it
     * @param keywordBytes length of the longest message with keywords
     */
    Branch(
            Connection connection,
            Answers answers,
            TransmitterCounts counts,
            Control control,
            LinkState state,
            long periodNs,
            long roomBytes,
            long beforeCnt0,
            long keywordBytes) {
        this.connection = connection;
        this.answers = answers;
        this.counts = counts;
        this.control = control;
        this.state = state;
        this.periodNs = periodNs;
        this.roomBytes = roomBytes;
        this.beforeCnt0 = beforeCnt0;
        this.silenceNs = connection.silenceNs();
        this.pingPeriodNs = Math.min(MAX_PING_PERIOD_NS, silenceNs / 4);
        this.keywords = Arena.ofAuto().allocate(keywordBytes, 64);
        this.keywordChecksum = new FrameMessage.Checksum(keywords);
    }

    LinkState state() {
        return state;
    }

    /**
     * Requests that the distributor stop sending. Any thread may call this.
     *
     * @param reason the last message, if no other was sent in part
     */
    void leave(String reason) {
        farewell = reason;
    }

    /** True if {@link #leave} was called. */
    boolean isLeaving() {
        return farewell != null;
    }

    /** True if the distributor does not use the connection any more. Any thread may call this. */
    boolean isOut() {
        return out.getCount() == 0;
    }

    /** Waits until {@link #isOut}; the interrupt, if any, is kept. Not for the distributor. */
    void awaitOut() {
        boolean interrupted = false;
        while (!isOut()) {
            try {
                out.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns why it ended; null if it was asked to. Any thread may call this. */
    @Nullable Throwable failure() {
        return failure;
    }

    /** True if no message was sent in part. */
    boolean isBetweenMessages() {
        return readyBytes == 0 && !open;
    }

    /** Says why it leaves. */
    void sayFarewell() throws ConnectionLostException {
        String reason = farewell;
        if (reason != null && isBetweenMessages()) {
            connection.sendNow(small.address(), Message.text(small, Message.BYE, reason));
        }
    }

    /** Ends it. Call {@link #letGo} before. */
    void end(@Nullable Throwable reason) {
        failure = reason;
        out.countDown();
        if (reason != null) {
            connection.shutdown(); // wakes its session
        }
    }

    /**
     * Notices a new connection, once.
     *
     * @param newest the newest frame copied; null if there is none
     * @return false if it was noticed before
     */
    boolean join(@Nullable SharedFrame newest, long nowNs) {
        if (joined) {
            return false;
        }
        joined = true;
        progressNs = nowNs;
        nextFrameNs = nowNs;
        nextPingNs = nowNs;
        if (newest != null && newest.cnt0 <= beforeCnt0) {
            sentNumber = newest.number; // the source has a newer one
        }
        return true;
    }

    /**
     * Sends what is left of a message and what keeps the connection alive.
     *
     * @return true if the next message may be sent now
     * @throws ConnectionLostException if the connection ended
     */
    boolean prepare(long nowNs) throws ConnectionLostException {
        callNs = nowNs + Transmitter.TICK_NS;
        if (nowNs - answers.heardNs() > silenceNs) {
            throw new ConnectionLostException("silent for " + silenceNs / 1_000_000_000L + " s");
        }
        if (room.isEarly(nowNs)) {
            callBy(room.nextNs());
            return false;
        }
        return flush(nowNs) && keepAlive(nowNs);
    }

    /** Returns when to call again at the latest, on the monotonic clock. */
    long callNs() {
        return callNs;
    }

    private void callBy(long ns) {
        if (ns - callNs < 0) {
            callNs = ns;
        }
    }

    private boolean keepAlive(long nowNs) throws ConnectionLostException {
        Answers.Ping ping = answers.takePing();
        if (ping != null) {
            long answeredNs = wall.read().ns();
            long bytes = Message.pong(small, ping.sentNs(), ping.arrivedNs(), answeredNs);
            if (!send(small, bytes, nowNs)) {
                return false;
            }
        }
        if (answers.takeAgain()) {
            told = KeywordHistory.NOTHING;
            tellThrough = KeywordHistory.NOTHING;
            tellFrom = 0;
            sentNumber = NO_FRAME;
        }
        if (nowNs - nextPingNs >= 0) {
            nextPingNs = nowNs + pingPeriodNs;
            return send(small, Message.ping(small, wall.read().ns()), nowNs);
        }
        return true;
    }

    /** True if it was not sent this frame. */
    boolean lacks(SharedFrame newest) {
        return newest.number != sentNumber;
    }

    /** True while frames and keywords are held back, except for a step. */
    boolean isHeld() {
        return control.isHeld() && !control.hasStep();
    }

    /** True if a frame may be sent now and would not queue behind others. */
    boolean hasRoom(long nowNs) {
        if (periodNs > 0 && nowNs - nextFrameNs < 0) {
            callBy(nextFrameNs);
            return false;
        }
        if (isHeld()) {
            callBy(nowNs + Transmitter.HELD_POLL_NS);
            return false;
        }
        if (connection.unacknowledgedBytes() > roomBytes) {
            callBy(room.isFull(nowNs));
            return false;
        }
        room.hasRoom();
        return true;
    }

    /** Consumes the permission for a frame. Returns false if there is none. */
    boolean passes() {
        if (control.isFree()) {
            return true;
        }
        stepping = control.isHeld() && control.takeStep();
        if (!stepping && control.isHeld()) {
            return false;
        }
        control.takeRelease();
        return true;
    }

    /** Restores the permission, because there was no consistent frame. */
    void gotNothing() {
        counts.busy.increment();
        returnStep();
    }

    private void returnStep() {
        if (stepping) {
            stepping = false;
            control.giveStepBack();
        }
    }

    /**
     * Sends the keyword changes that it missed, up to a number.
     *
     * @return false if the kernel does not take all of them now
     */
    boolean catchUp(KeywordHistory history, long through, long nowNs)
            throws ConnectionLostException {
        while (told < through) {
            if (tellThrough == KeywordHistory.NOTHING) {
                tellThrough = through;
            }
            int count = history.put(keywords, tellFrom, told, tellThrough);
            if (count == 0) {
                told = tellThrough;
                tellThrough = KeywordHistory.NOTHING;
                tellFrom = 0;
                continue;
            }
            tellFrom = history.next();
            long bytes = FrameMessage.bytes(0, count);
            FrameMessage.seal(keywords, bytes, true, keywordChecksum);
            if (!send(keywords, bytes, nowNs)) {
                return false;
            }
        }
        return true;
    }

    /** Begins to send a frame that is still being copied. It must be between messages. */
    void open(SharedFrame next) {
        next.users++;
        frame = next;
        message = next.message;
        open = true;
        sentBytes = 0;
    }

    /** Sends what the kernel takes of the first bytes of the open frame. */
    void sendAhead(long bytes, long nowNs) throws ConnectionLostException {
        readyBytes = bytes;
        long n = connection.sendNow(message.address() + sentBytes, bytes - sentBytes);
        if (n > 0) {
            sentBytes += n;
            progressNs = nowNs;
        }
    }

    /** True if {@link #open} was called for the frame. */
    boolean hasOpen(SharedFrame of) {
        return frame == of;
    }

    /** True if part of the frame was sent. */
    boolean hasBegun(SharedFrame of) {
        return frame == of && sentBytes > 0;
    }

    /** The open frame is sealed, and the rest of it can be sent. */
    void complete() {
        if (frame != null) {
            readyBytes = frame.bytes;
            open = false;
        }
    }

    /** Lets go of the open frame, of which nothing was sent. */
    void cancel() {
        open = false;
        release();
    }

    /** Sends a frame, or the rest of it, as far as the kernel takes it now. */
    void send(SharedFrame next, long nowNs) throws ConnectionLostException {
        if (frame == next) {
            complete();
        } else if (flush(nowNs)) {
            next.users++;
            frame = next;
            message = next.message;
            readyBytes = next.bytes;
        } else { // the rest of a frame that was withdrawn
            returnStep();
            return;
        }
        sentNumber = next.number;
        told = Math.max(told, next.changes);
        stepping = false;
        if (periodNs > 0) {
            boolean onTime = nowNs - nextFrameNs < periodNs;
            nextFrameNs = (onTime ? nextFrameNs : nowNs) + periodNs;
        }
        flush(nowNs);
    }

    private boolean send(MemorySegment of, long bytes, long nowNs) throws ConnectionLostException {
        message = of;
        readyBytes = bytes;
        return flush(nowNs);
    }

    /** Sends the rest of the message. Returns false if the kernel does not take all of it now. */
    private boolean flush(long nowNs) throws ConnectionLostException {
        while (sentBytes < readyBytes) {
            long n = connection.sendNow(message.address() + sentBytes, readyBytes - sentBytes);
            if (n == 0) {
                if (nowNs - progressNs > silenceNs) {
                    throw new ConnectionLostException(
                            "the peer takes no data for " + silenceNs / 1_000_000_000L + " s");
                }
                callBy(room.isFull(nowNs));
                return false;
            }
            sentBytes += n;
            progressNs = nowNs;
            room.hasRoom();
        }
        if (readyBytes > 0) {
            progressNs = nowNs;
            finishMessage();
        }
        return true;
    }

    private void finishMessage() {
        SharedFrame done = release();
        if (done != null && done.whole) {
            counts.sent(done.cnt0, done.bytes);
        }
    }

    /** Lets go of the message, complete or not; returns the frame that it was, if any. */
    private @Nullable SharedFrame release() {
        SharedFrame done = frame;
        frame = null;
        sentBytes = 0;
        readyBytes = 0;
        if (done != null) {
            done.users--;
        }
        return done;
    }

    /** Lets go of the frame, if any, when the connection has ended. */
    void letGo() {
        if (frame != null) {
            frame.users--;
            frame = null;
        }
    }
}
