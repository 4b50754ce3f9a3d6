package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameTimes;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.KeywordTracker;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.image.WriteClock;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.FrameMessage;
import org.shmimtcp.wire.Message;

/**
 * Sends frames in the native protocol from a reused buffer: pixels copied directly from shared
 * memory, and the keywords that changed.
 *
 * <p>The first pieces of a large frame are sent while the rest is being copied. If a writer
 * intervenes, the message is completed as withdrawn. The next frames are then copied completely
 * before they are sent, because such a source leaves little time.
 */
final class FrameSender implements FrameReader.Copier {
    /** Larger frames are sent in pieces; for smaller ones, a second system call costs more. */
    private static final long PIECE_BYTES = 128 << 10;

    /** Number of frames that are copied before they are sent, after one was withdrawn. */
    private static final int CAREFUL_FRAMES = 64;

    private static final long SECOND_NS = 1_000_000_000L;

    private final WriteClock writes = new WriteClock();
    private final MemorySegment memory;
    private final ImageLayout layout;
    private final ImageSpec spec;
    private final Connection connection;
    private final FrameTimes times;
    private final long pixelBytes;
    private final boolean wholeCube;
    private final KeywordTracker keywords;
    private final MemorySegment message;
    private final MemorySegment keywordMessage;
    private final FrameMessage.Checksum checksum;
    private final FrameMessage.Checksum keywordChecksum;
    private final Clock.Wall wall = new Clock.Wall();
    private int changes;
    private long sent;
    private int careful;
    private @Nullable ConnectionLostException lost;

    FrameSender(Image image, Connection connection, Arena arena) {
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.connection = connection;
        this.times = new FrameTimes(image);
        this.pixelBytes = spec.frameBytes();
        this.wholeCube = spec.shape().naxis() == 3 && !spec.isCircular();
        this.keywords = new KeywordTracker(image, arena);
        int slots = Math.min(spec.keywordSlots(), KeywordTracker.SLOTS_A_SCAN);
        this.message = arena.allocate(FrameMessage.bytes(pixelBytes, slots), 64);
        this.keywordMessage = arena.allocate(FrameMessage.bytes(0, slots), 64);
        this.checksum = new FrameMessage.Checksum(message);
        this.keywordChecksum = new FrameMessage.Checksum(keywordMessage);
    }

    /** Copies pixels and changed keywords, while the reader checks that they belong together. */
    @Override
    public void copy(long cnt0, int ofSlice, long offset, boolean isNewest) {
        if (sent > 0) { // from a copy that a writer disturbed
            withdraw();
        }
        changes = putChanges(message, pixelBytes);
        FrameMessage.cnt0(message, cnt0);
        FrameMessage.counters(
                message,
                isNewest ? MetadataLayout.cnt1Acquire(memory) : ofSlice,
                MetadataLayout.cnt2Acquire(memory));
        long nowNs = wall.read().ns();
        putTimes(cnt0, ofSlice, isNewest, nowNs);
        int slice = wholeCube ? FrameMessage.WHOLE_IMAGE : ofSlice;
        FrameMessage.fill(message, Message.FRAME, pixelBytes, slice, changes, nowNs);
        long from = wholeCube && isNewest ? layout.pixels() : offset;
        if (pixelBytes > PIECE_BYTES && careful == 0) {
            copyAndSend(from);
        } else {
            MemorySegment.copy(memory, from, message, FrameMessage.PIXELS, pixelBytes);
        }
    }

    /**
     * Copies the frame in pieces, and passes each piece to the kernel while it is in the cache, as
     * far as the kernel accepts it.
     */
    private void copyAndSend(long from) {
        checksum.restart();
        long done = 0;
        while (done < pixelBytes) {
            long piece = Math.min(PIECE_BYTES, pixelBytes - done);
            long at = FrameMessage.PIXELS + done;
            MemorySegment.copy(memory, from + done, message, at, piece);
            done += piece;
            checksum.through(at + piece);
            sendAhead(at + piece);
        }
    }

    private void sendAhead(long end) {
        try {
            if (lost == null) {
                sent += connection.sendNow(message.address() + sent, end - sent);
            }
        } catch (ConnectionLostException e) {
            lost = e;
        }
    }

    private void putTimes(long cnt0, int ofSlice, boolean isNewest, long nowNs) {
        times.read(cnt0, ofSlice, isNewest);
        FrameMessage.acquired(message, times.acquiredSeconds(), times.acquiredNanos());
        long stampNs = times.writtenNs();
        putWritten(
                isNewest
                        ? writes.writtenNs(cnt0, stampNs, nowNs)
                        : writes.ofKnownClock(stampNs, nowNs));
    }

    /** Writes the write time; 0 if it is unknown. */
    private void putWritten(long ns) {
        FrameMessage.written(message, ns / SECOND_NS, ns % SECOND_NS);
    }

    /** Records that the source has no newer frame than the last one copied. */
    void nothingNew() {
        writes.nothingNew(wall.read().ns());
    }

    private int putChanges(MemorySegment to, long pixels) {
        int count = keywords.scan();
        for (int i = 0; i < count; i++) {
            long change = FrameMessage.change(pixels, i);
            FrameMessage.changeSlot(to, change, keywords.slot(i));
            keywords.copy(i, to, change + FrameMessage.CHANGE_KEYWORD);
        }
        return count;
    }

    /**
     * Returns the time at which the source wrote the last frame copied, in ns since 1970; 0 if it
     * is unknown.
     */
    long writtenNs() {
        return FrameMessage.writtenNs(message);
    }

    /** Returns the length of the last frame copied. */
    long bytes() {
        return FrameMessage.bytes(pixelBytes, changes);
    }

    /**
     * Sends the last frame copied, or the rest of it.
     *
     * @return false if stopped
     */
    boolean send() throws ConnectionLostException {
        if (careful > 0) {
            careful--;
        }
        boolean all = complete(true);
        acceptChanges(message, pixelBytes);
        return all;
    }

    /** Discards the last frame copied, because it is not consistent. */
    void cancel() throws ConnectionLostException {
        if (sent > 0) {
            withdraw();
        }
        if (lost != null) {
            throw lost;
        }
    }

    private void withdraw() {
        careful = CAREFUL_FRAMES;
        try {
            complete(false);
        } catch (ConnectionLostException e) {
            lost = e;
        }
    }

    private boolean complete(boolean whole) throws ConnectionLostException {
        if (lost != null) {
            throw lost;
        }
        FrameMessage.seal(message, bytes(), whole, checksum);
        long rest = sent;
        sent = 0;
        return connection.send(message.address() + rest, bytes() - rest, connection.silenceNs());
    }

    private void acceptChanges(MemorySegment accepted, long pixels) {
        long first = FrameMessage.change(pixels, 0) + FrameMessage.CHANGE_KEYWORD;
        keywords.accept(accepted, first, FrameMessage.CHANGE_BYTES);
    }

    /** Sends the next keywords that changed without a frame, if any. */
    void sendKeywords() throws ConnectionLostException {
        int count = putChanges(keywordMessage, 0);
        if (count > 0) {
            long bytes = FrameMessage.bytes(0, count);
            long nowNs = wall.read().ns();
            FrameMessage.fill(keywordMessage, Message.KEYWORDS, 0, 0, count, nowNs);
            FrameMessage.seal(keywordMessage, bytes, true, keywordChecksum);
            connection.send(keywordMessage.address(), bytes, connection.silenceNs());
        }
        acceptChanges(keywordMessage, 0);
    }

    /** Makes all keywords be sent again. */
    void forgetKeywords() {
        keywords.forget();
    }

    /** True when {@link #sendKeywords} has scanned the whole table. */
    boolean hasSeenAllKeywords() {
        return keywords.isAtStart();
    }
}
