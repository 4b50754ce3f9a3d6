package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.compress.Compression;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LatencyTrace.Stage;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.FrameMessage;
import org.shmimtcp.wire.FrameUnpacker;
import org.shmimtcp.wire.HeadMarker;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.PackingRehearsal;
import org.shmimtcp.wire.WireException;

/** Receives from a shmimTCP transmitter in the native protocol: docs/protocol.md. */
final class NativeSession implements Session {
    /**
     * After a pause of the process this long, data waiting in the kernel is too old to be
     * published.
     */
    private static final long PAUSE_NS = 2_000_000_000L;

    /**
     * The rest of a begun message arrives in longer segments than this. Shorter ones are the pings
     * that follow a rest that was lost.
     */
    private static final long SEGMENT_BYTES = 256;

    private static final long MAX_PING_PERIOD_NS = 1_000_000_000L;

    /**
     * The first round trips follow quickly, so that the ages of the first frames are meaningful.
     */
    private static final long FIRST_PINGS_PERIOD_NS = 20_000_000L;

    private static final int FIRST_PINGS = 8;

    /** Without a frame for so long, each message is received as soon as it arrives. */
    private static final long QUIET_NS = 50_000_000L;

    private final Connection connection;
    private final FrameWait wait;
    private final ImageSpec source;
    private final SourceState state;
    private final ReceiverCounts counts;
    private final boolean sameCounter;
    private final Control control;
    private final BooleanSupplier stopped;
    private final Clock.Wall wall = new Clock.Wall();
    private final FrameWriter.Origin origin = new FrameWriter.Origin();
    private final long frameBytes;

    /** True if frames may be packed. */
    private final boolean packs;

    /** The typical length of a message, for which the kernel's queue is limited. */
    private long queuedBytes;

    /** A peer silent for so long is lost, whatever TCP reports. */
    private final long silenceNs;

    private final long pingPeriodNs;
    private volatile long heardNs = Clock.monotonicNs();
    private long frameNs;
    private long ranNs;

    /** Bytes in the buffer, and those to wait for. */
    private long have;

    private long need;
    private long nextPingNs;
    private int pings;
    private boolean awaitingPong;

    /** True if frames were discarded while held back. */
    private boolean heldBack;

    /**
     * @param sameCounter true to give the copy the source's cnt0
     */
    NativeSession(
            IncomingStream offer,
            Waiting waiting,
            boolean sameCounter,
            SourceState state,
            ReceiverCounts counts,
            Control control,
            BooleanSupplier stopped) {
        this.connection = offer.connection();
        this.source = offer.source();
        this.sameCounter = sameCounter;
        this.state = state;
        this.counts = counts;
        this.control = control;
        this.stopped = stopped;
        this.frameBytes = FrameMessage.bytes(source.frameBytes(), 0);
        this.packs = offer.mayBePacked() && Compression.LZ4.isAvailable();
        this.wait = new FrameWait(connection, waiting);
        this.silenceNs = connection.silenceNs();
        this.pingPeriodNs = Math.min(MAX_PING_PERIOD_NS, silenceNs / 4);
        origin.inode = offer.identity().inode();
    }

    @Override
    public void run(TargetStream copy, Arena arena) throws ConnectionLostException {
        long maxBytes =
                Math.max(
                        Message.MAX_SMALL_BYTES,
                        FrameMessage.bytes(source.frameBytes(), source.keywordSlots()));
        MemorySegment buffer = arena.allocate(maxBytes, 64);
        MemorySegment small = arena.allocate(Message.MAX_SMALL_BYTES, 8);
        FrameMessage.Checksum checksum = new FrameMessage.Checksum(buffer);
        FrameUnpacker unpacker = packs ? new FrameUnpacker(source, arena) : null;
        if (packs) {
            PackingRehearsal.perform(source);
        }
        counts.clock.reset();
        queuedBytes = frameBytes;
        connection.limitReceiveQueue(frameBytes);
        if (!copy.isThere()) {
            state.forget();
        }
        int capabilities = packs ? HeadMarker.LZ4 : 0;
        send(
                small,
                Message.welcome(
                        small, HeadMarker.VERSION, capabilities, state.lastCnt0(), HostName.get()));
        have = 0;
        need = Message.HEADER_BYTES;
        ranNs = Clock.monotonicNs();
        while (!stopped.getAsBoolean()) {
            pass(copy, buffer, maxBytes, checksum, unpacker, small);
        }
    }

    /**
     * The path of a frame: receive, check, publish; then acknowledge, for which the transmitter
     * waits before it sends the next one. A method of its own for the reason that the transmitter's
     * has.
     */
    private void pass(
            TargetStream copy,
            MemorySegment buffer,
            long maxBytes,
            FrameMessage.Checksum checksum,
            @Nullable FrameUnpacker unpacker,
            MemorySegment small)
            throws ConnectionLostException {
        long to = buffer.address() + have;
        long received = have == 0 ? wait.receive(to, need) : wait.receiveRest(to, need - have);
        have += received;
        long nowNs = Clock.monotonicNs();
        checkPause(nowNs);
        if (received == 0 && !control.isFree()) {
            requestNewestIfReleased(small);
        }
        if (copy.follow()) {
            askAgain(small);
        }
        boolean heard = received >= SEGMENT_BYTES;
        boolean taken = false;
        long bytes = 0;
        while (have >= Message.HEADER_BYTES) {
            bytes = Message.bytes(buffer, 0, maxBytes);
            if (have < bytes) {
                if (!packs || isPlain(buffer, have)) {
                    checksum.through(Math.min(have, bytes - FrameMessage.CHECKSUM_BYTES));
                }
                break;
            }
            if (unpacker != null && isPackedFrame(buffer)) {
                takePacked(copy, buffer, bytes, unpacker, small, nowNs);
            } else {
                take(copy, buffer, bytes, checksum, small, nowNs);
            }
            taken = true;
            checksum.restart();
            have -= bytes;
            NativeMemory.copy(buffer, bytes, buffer, 0, have); // usually no bytes
            bytes = 0;
        }
        if (taken) {
            connection.acknowledge();
        }
        need = bytes > 0 ? bytes : expected(nowNs);
        keepAlive(heard || taken, nowNs, small);
    }

    /**
     * Returns how many bytes to wait for at the start of a message. While frames arrive, that is a
     * whole frame, received with one system call. Otherwise it is a header, because a short message
     * must not wait for the frame behind it, and neither must a packed one, however short.
     */
    private long expected(long nowNs) {
        boolean frames = nowNs - frameNs < QUIET_NS && !awaitingPong && !packs;
        return frames ? frameBytes : Message.HEADER_BYTES;
    }

    /** True if the checksum of the message that has begun to arrive is that of its own bytes. */
    private static boolean isPlain(MemorySegment buffer, long have) {
        return have >= FrameMessage.PIXELS && !isPackedFrame(buffer);
    }

    private static boolean isPackedFrame(MemorySegment buffer) {
        return Message.type(buffer, 0) == Message.FRAME && FrameMessage.isPacked(buffer);
    }

    /**
     * Limits the kernel's queue to about two messages. Packed frames may be much shorter than plain
     * ones, and many of them in a queue would be old.
     */
    private void tightenQueue(long bytes) {
        if (bytes > 2 * queuedBytes || 2 * bytes < queuedBytes) {
            queuedBytes = bytes;
            connection.tightenReceiveQueue(bytes);
        }
    }

    /**
     * Detects that this process was stopped or its machine slept: otherwise each iteration takes at
     * most a tick.
     */
    private void checkPause(long nowNs) throws ConnectionLostException {
        long pauseNs = nowNs - ranNs;
        if (pauseNs > PAUSE_NS) {
            throw new ConnectionLostException(
                    "this receiver did not run for " + pauseNs / 1_000_000_000L + " s");
        }
        ranNs = nowNs;
    }

    private void keepAlive(boolean heard, long nowNs, MemorySegment small)
            throws ConnectionLostException {
        if (heard) {
            heardNs = nowNs;
        } else if (nowNs - heardNs > silenceNs) {
            String what = have > 0 ? "the rest of a message did not arrive" : "silent";
            throw new ConnectionLostException(what + " for " + silenceNs / 1_000_000_000L + " s");
        }
        if (nowNs >= nextPingNs) {
            nextPingNs = nowNs + (pings++ < FIRST_PINGS ? FIRST_PINGS_PERIOD_NS : pingPeriodNs);
            awaitingPong = true;
            send(small, Message.ping(small, wall.read().ns()));
        }
    }

    /** Requests the newest frame and all keywords again, because the copy is new. */
    private void askAgain(MemorySegment small) throws ConnectionLostException {
        state.forget();
        send(small, Message.again(small));
    }

    /** Sends a message. It carries the acknowledgement of what has been received. */
    private void send(MemorySegment small, long bytes) throws ConnectionLostException {
        connection.send(small.address(), bytes, silenceNs);
        connection.acknowledgeLater();
    }

    /**
     * True: the transmitter has answered, and must keep answering or the connection ends within
     * seconds.
     */
    @Override
    public boolean isProven() {
        return true;
    }

    @Override
    public long heardNs() {
        return heardNs;
    }

    private void takePacked(
            TargetStream copy,
            MemorySegment buffer,
            long bytes,
            FrameUnpacker unpacker,
            MemorySegment small,
            long nowNs)
            throws ConnectionLostException {
        received(nowNs);
        tightenQueue(bytes);
        long plainBytes;
        try {
            plainBytes = unpacker.unpack(buffer, bytes);
        } catch (WireException e) {
            counts.damaged.increment();
            throw e;
        }
        takeChecked(copy, Message.FRAME, unpacker.message(), plainBytes, bytes, small);
    }

    private void received(long nowNs) {
        frameNs = nowNs;
        counts.trace.done(Stage.RECEIVED, nowNs);
    }

    private void take(
            TargetStream copy,
            MemorySegment buffer,
            long bytes,
            FrameMessage.Checksum checksum,
            MemorySegment small,
            long nowNs)
            throws ConnectionLostException {
        int type = Message.type(buffer, 0);
        if (type == Message.FRAME || type == Message.KEYWORDS) {
            check(buffer, bytes, type, checksum);
            if (type == Message.FRAME) {
                received(nowNs);
            }
            takeChecked(copy, type, buffer, bytes, bytes, small);
            return;
        }
        Message.checkSmall(type, bytes);
        switch (type) {
            case Message.PING -> {
                long arrivedNs = wall.read().ns();
                long length =
                        Message.pong(
                                small, Message.pingSentNs(buffer, 0), arrivedNs, wall.read().ns());
                send(small, length);
            }
            case Message.PONG -> {
                awaitingPong = false;
                counts.clock.add(
                        Message.pongPingNs(buffer, 0),
                        Message.pongArrivedNs(buffer, 0),
                        Message.pongSentNs(buffer, 0),
                        wall.read().ns());
            }
            case Message.HELLO -> copy.sourceHost(Message.text(buffer, 0, bytes).split(" ", 2)[0]);
            case Message.BYE ->
                    throw ConnectionLostException.announced(Message.text(buffer, 0, bytes));
            default -> {} // from a later version; may be ignored
        }
    }

    /**
     * Publishes a frame or keywords.
     *
     * @param sentBytes length on the network; the message may have been packed
     */
    private void takeChecked(
            TargetStream copy,
            int type,
            MemorySegment message,
            long bytes,
            long sentBytes,
            MemorySegment small)
            throws ConnectionLostException {
        if (type == Message.FRAME) {
            counts.trace.done(Stage.CHECKED);
        }
        if (!FrameMessage.isWhole(message, bytes)
                || !(control.isFree() || mayPublish(type, small))) {
            return;
        }
        try {
            if (type == Message.FRAME) {
                publish(copy, message, sentBytes);
            } else {
                writeChanges(copy, message, 0);
            }
        } catch (ImageException.Truncated e) {
            copy.reopen();
            askAgain(small);
        }
    }

    /** Returns whether to publish a message while paused or just resumed. */
    private boolean mayPublish(int type, MemorySegment small) throws ConnectionLostException {
        if (control.isHeld() && !(type == Message.FRAME && control.takeStep())) {
            heldBack = true;
            return false;
        }
        requestNewestIfReleased(small);
        return true;
    }

    /**
     * Obeys a release or a step. The newest frame, with keywords that are sent only once, may be
     * among those discarded. It is therefore requested again, without waiting for a new frame.
     */
    private void requestNewestIfReleased(MemorySegment small) throws ConnectionLostException {
        boolean released = control.takeRelease() || control.hasStep();
        if (released && heldBack) {
            heldBack = false;
            send(small, Message.again(small));
        }
    }

    private void check(MemorySegment buffer, long bytes, int type, FrameMessage.Checksum checksum) {
        try {
            FrameMessage.check(buffer, bytes, type, source, checksum);
        } catch (WireException e) {
            counts.damaged.increment();
            throw e;
        }
    }

    private void publish(TargetStream copy, MemorySegment message, long sentBytes) {
        copy.prepareForFrame();
        long cnt0 = FrameMessage.cnt0(message);
        int slice = FrameMessage.slice(message);
        long pixelBytes = FrameMessage.pixelBytes(message);
        if (cnt0 == 0) { // of an unwritten image, from a transmitter that should not have sent it
            return;
        }
        if (state.isLast(cnt0) && copy.holds(slice, message, FrameMessage.PIXELS)) {
            counts.repeated.increment(); // sent again on a new connection
            writeChanges(copy, message, pixelBytes);
            return;
        }
        wall.read();
        origin.startSeconds = wall.seconds();
        origin.startNanos = wall.nanos();
        origin.cnt0 = cnt0;
        origin.cnt1 = FrameMessage.cnt1(message);
        origin.cnt2 = FrameMessage.cnt2(message);
        boolean timed = FrameMessage.acquiredSeconds(message) > 0;
        origin.acquiredSeconds =
                timed ? FrameMessage.acquiredSeconds(message) : origin.startSeconds;
        origin.acquiredNanos = timed ? FrameMessage.acquiredNanos(message) : origin.startNanos;
        FrameWriter writer = copy.writer();
        writer.begin();
        if (slice == FrameMessage.WHOLE_IMAGE) {
            writer.writeImage(message, FrameMessage.PIXELS);
        } else {
            writer.writeSlice(slice, message, FrameMessage.PIXELS);
        }
        writeChanges(copy, message, pixelBytes);
        writer.commit(slice, origin, sameCounter);
        counts.trace.done(Stage.PUBLISHED);
        counts.skipped.add(state.advance(cnt0));
        counts.published.increment();
        counts.bytes.add(sentBytes);
        age(message);
    }

    private void age(MemorySegment message) {
        long writtenNs = FrameMessage.writtenNs(message);
        counts.trace.doneAt(Stage.WRITTEN, writtenNs);
        counts.trace.doneAt(Stage.WOKEN, FrameMessage.sentNs(message));
        counts.trace.through(FrameMessage.cnt0(message), counts.clock.offsetNs());
        if (FrameMessage.writtenSeconds(message) > 0 && counts.clock.isKnown()) {
            counts.age(wall.read().ns() + counts.clock.offsetNs() - writtenNs);
        } else {
            counts.forgetAge();
        }
    }

    private static void writeChanges(TargetStream copy, MemorySegment message, long pixelBytes) {
        int changes = FrameMessage.changes(message);
        for (int i = 0; i < changes; i++) {
            long change = FrameMessage.change(pixelBytes, i);
            int slot = FrameMessage.changeSlot(message, change);
            if (slot >= 0 && slot < copy.keywordSlots()) {
                copy.writeKeyword(slot, message, change + FrameMessage.CHANGE_KEYWORD);
            }
        }
    }
}
