package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.KeywordTracker;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LatencyTrace.Stage;
import org.shmimtcp.link.Protocol;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.PackingRehearsal;

/** Sends to a shmimTCP receiver in the native protocol: docs/protocol.md. */
final class NativeSession implements Session {
    private static final long MAX_PING_PERIOD_NS = 1_000_000_000L;

    /**
     * Unacknowledged bytes up to which the next frame is sent, however small frames are, so that
     * the link does not run dry between polls. For large frames it is half a frame, so the next one
     * is at most one and a half frame times old on arrival.
     */
    private static final long ALWAYS_ROOM_BYTES = 16 << 10;

    /**
     * The same limit with {@code --every}. It is bounded, because a waiting frame is better off in
     * the source's history than in the kernel's queue.
     */
    private static final long EVERY_ROOM_BYTES = 256 << 10;

    private final Image image;
    private final FrameReader reader;
    private final Connection connection;
    private final FrameWait wait;
    private final Pacing pacing;
    private final Handshake.Welcome welcome;
    private final TransmitterCounts counts;
    private final Control control;
    private final BooleanSupplier stopped;
    private final Clock.Wall wall = new Clock.Wall();
    private final RoomPolling room = new RoomPolling();
    private long roomBytes;

    /** A peer silent for so long is lost, whatever TCP reports. */
    private final long silenceNs;

    private final long pingPeriodNs;
    private long nextPingNs;
    private long nextFrameNs;
    private int framesSincePing;

    /**
     * Which frames to send.
     *
     * @param every true to send every frame in the source's history, false for the newest only
     * @param periodNs minimum time between two frames; 0 for none
     */
    record Pacing(boolean every, long periodNs) {
        long roomBytes(long frameBytes) {
            return every
                    ? Math.max(EVERY_ROOM_BYTES, 2 * frameBytes)
                    : Math.max(ALWAYS_ROOM_BYTES, frameBytes / 2);
        }

        /**
         * Returns the same for packed frames. Even 16 KiB of them may take the receiver long to
         * expand, so there are at most two.
         */
        long packedRoomBytes(long frameBytes) {
            return every
                    ? roomBytes(frameBytes)
                    : Math.max(Math.min(ALWAYS_ROOM_BYTES, 2 * frameBytes), frameBytes / 2);
        }
    }

    NativeSession(
            Image image,
            FrameReader reader,
            Connection connection,
            FrameWait wait,
            Pacing pacing,
            Handshake.Welcome welcome,
            TransmitterCounts counts,
            Control control,
            BooleanSupplier stopped) {
        this.image = image;
        this.reader = reader;
        this.connection = connection;
        this.wait = wait;
        this.pacing = pacing;
        this.welcome = welcome;
        this.counts = counts;
        this.control = control;
        this.stopped = stopped;
        this.roomBytes = pacing.roomBytes(image.spec().frameBytes());
        this.silenceNs = connection.silenceNs();
        this.pingPeriodNs = Math.min(MAX_PING_PERIOD_NS, silenceNs / 4);
    }

    @Override
    public Protocol protocol() {
        return Protocol.NATIVE;
    }

    @Override
    public long begin() {
        reader.resumeAfter(pacing.every ? welcome.receivedCnt0() : Long.MAX_VALUE);
        return reader.cnt0();
    }

    @Override
    public boolean packs() {
        return welcome.lz4();
    }

    @Override
    public void run(Arena arena) throws ConnectionLostException {
        FrameSender frame = new FrameSender(image, connection, welcome.lz4(), arena);
        MemorySegment small = arena.allocate(Message.MAX_SMALL_BYTES, 8);
        if (welcome.lz4()) {
            PackingRehearsal.perform(image.spec());
        }
        counts.clock.reset();
        send(small, Message.text(small, Message.HELLO, hello()));
        try (Answers answers = new Answers(connection, counts.clock, stopped).start()) {
            sendAllKeywords(frame);
            boolean there = false;
            while (!stopped.getAsBoolean() && !image.isReplaced()) {
                there = pass(answers, frame, small, there);
            }
            send(small, Message.text(small, Message.BYE, farewell()));
        }
    }

    /**
     * The path of a frame: wait, copy completely, send. A method of its own, because the JVM
     * replaces the code of a running method only thread by thread: of hundreds of links, most would
     * be interpreted for a minute.
     *
     * @param there true if a frame is waiting
     * @return true if it still is
     */
    private boolean pass(Answers answers, FrameSender frame, MemorySegment small, boolean there)
            throws ConnectionLostException {
        keepAlive(answers, frame, small);
        if (!there && !wait.awaitNext(Transmitter.TICK_NS)) {
            frame.nothingNew();
            return false;
        }
        // Checked only now, because by now the previous frame has usually been acknowledged.
        if (!isRoom()) {
            return true;
        }
        if (control.isFree()) {
            sendFrame(frame);
        } else {
            sendIfAllowed(frame);
        }
        return false;
    }

    /** Returns what HELLO says. */
    static String hello() {
        return HostName.get() + " process " + Processes.ownPid();
    }

    private String farewell() {
        return farewell(image);
    }

    /** Returns what BYE says. */
    static String farewell(Image image) {
        return image.isReplaced() ? "its stream was re-created or removed" : "it was stopped";
    }

    /** True if a frame sent now would not queue behind others, and the next frame is due. */
    private boolean isRoom() {
        if (connection.unacknowledgedBytes() > roomBytes) {
            long nowNs = Clock.monotonicNs();
            LockSupport.parkNanos(room.isFull(nowNs) - nowNs);
            return false;
        }
        room.hasRoom();
        if (pacing.periodNs > 0) {
            long leftNs = nextFrameNs - Clock.monotonicNs();
            if (leftNs > 0) {
                LockSupport.parkNanos(Math.min(leftNs, Transmitter.TICK_NS));
                return false;
            }
        }
        return true;
    }

    /** Sends while paused or just resumed: drops the backlog and sends only the newest frame. */
    private void sendIfAllowed(FrameSender frame) throws ConnectionLostException {
        boolean step = control.isHeld() && control.takeStep();
        if (!step && control.isHeld()) {
            LockSupport.parkNanos(Transmitter.HELD_POLL_NS);
            return;
        }
        control.takeRelease();
        reader.resync();
        if (!sendFrame(frame) && step) {
            control.giveStepBack();
        }
    }

    /** Sends a frame. Returns false if there was no consistent frame, or it was not sent. */
    private boolean sendFrame(FrameSender frame) throws ConnectionLostException {
        counts.trace.done(Stage.WOKEN);
        boolean whole = pacing.every ? reader.readNext(frame) : reader.readNewestSlice(frame);
        if (!whole) {
            frame.cancel();
            counts.busy.increment();
            return false;
        }
        counts.trace.done(Stage.COPIED);
        boolean sent = frame.send();
        if (sent) {
            counts.sent(reader.cnt0(), frame.sentBytes());
            counts.trace.done(Stage.SENT);
            counts.trace.doneAt(Stage.WRITTEN, frame.writtenNs());
            counts.trace.through(reader.cnt0(), 0);
            framesSincePing++;
            if (welcome.lz4()) { // so that a thin link queues half of what frames have now
                counts.packed(frame.isPacked());
                roomBytes = pacing.packedRoomBytes(frame.sentBytes());
            }
        }
        if (pacing.periodNs > 0) {
            long nowNs = Clock.monotonicNs();
            boolean onTime = nowNs - nextFrameNs < pacing.periodNs;
            nextFrameNs = (onTime ? nextFrameNs : nowNs) + pacing.periodNs;
        }
        return sent;
    }

    /** Pings once a second, answers pings, and sends keywords that changed without a frame. */
    private void keepAlive(Answers answers, FrameSender frame, MemorySegment small)
            throws ConnectionLostException {
        String lost = answers.lost();
        if (lost != null) {
            throw new ConnectionLostException(lost);
        }
        long nowNs = Clock.monotonicNs();
        if (nowNs - answers.heardNs() > silenceNs) {
            throw new ConnectionLostException("silent for " + silenceNs / 1_000_000_000L + " s");
        }
        Answers.Ping ping = answers.takePing();
        if (ping != null) {
            long answeredNs = wall.read().ns();
            send(small, Message.pong(small, ping.sentNs(), ping.arrivedNs(), answeredNs));
        }
        if (answers.takeAgain()) {
            reader.resync();
            frame.forgetKeywords();
            if (!control.isHeld()) {
                sendAllKeywords(frame);
            }
        }
        if (nowNs >= nextPingNs) {
            nextPingNs = nowNs + pingPeriodNs;
            send(small, Message.ping(small, wall.read().ns()));
            boolean seldom =
                    framesSincePing < image.spec().keywordSlots() / KeywordTracker.SLOTS_A_SCAN;
            framesSincePing = 0;
            if (!control.isHeld() && (seldom || !reader.awaitNext(0))) {
                sendAllKeywords(frame);
            }
        }
    }

    private void sendAllKeywords(FrameSender frame) throws ConnectionLostException {
        do {
            frame.sendKeywords();
        } while (!frame.hasSeenAllKeywords() && !stopped.getAsBoolean());
    }

    private void send(MemorySegment small, long bytes) throws ConnectionLostException {
        connection.send(small.address(), bytes, silenceNs);
    }
}
