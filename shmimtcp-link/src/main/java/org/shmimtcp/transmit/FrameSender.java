package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.FrameMessage;
import org.shmimtcp.wire.FramePacker;

/**
 * Sends frames in the native protocol from a reused buffer: pixels copied directly from shared
 * memory, and the keywords that changed.
 *
 * <p>The first pieces of a large frame are sent while the rest is being copied. If a writer
 * intervenes, the message is completed as withdrawn. The next frames are then copied completely
 * before they are sent, because such a source leaves little time.
 *
 * <p>If the receiver wants packed frames, each is copied completely, packed, then sent.
 */
final class FrameSender implements FrameReader.Copier {
    /** Larger frames are sent in pieces; for smaller ones, a second system call costs more. */
    static final long PIECE_BYTES = 128 << 10;

    /** Number of frames that are copied before they are sent, after one was withdrawn. */
    static final int CAREFUL_FRAMES = 64;

    private final FrameEncoder encoder;
    private final Connection connection;
    private final long pixelBytes;
    private final MemorySegment message;
    private final MemorySegment keywordMessage;
    private final FrameMessage.Checksum checksum;
    private final FrameMessage.Checksum keywordChecksum;
    private final @Nullable FramePacker packer;

    /** Bytes of the current message that the kernel has already. */
    private long sent;

    /** Length of the last frame sent. */
    private long sentBytes;

    private boolean packed;
    private int careful;
    private @Nullable ConnectionLostException lost;

    /**
     * @param packs true to pack frames where that makes them shorter
     */
    FrameSender(Image image, Connection connection, boolean packs, Arena arena) {
        this.encoder = new FrameEncoder(image, arena);
        this.connection = connection;
        this.pixelBytes = encoder.pixelBytes();
        this.message = encoder.newFrame(arena);
        this.keywordMessage = encoder.newKeywords(arena);
        this.checksum = new FrameMessage.Checksum(message);
        this.keywordChecksum = new FrameMessage.Checksum(keywordMessage);
        this.packer = packs ? new FramePacker(image.spec(), encoder.maxChanges(), arena) : null;
    }

    /** Copies pixels and changed keywords, while the reader checks that they belong together. */
    @Override
    public void copy(long cnt0, int ofSlice, long offset, boolean isNewest) {
        if (sent > 0) { // from a copy that a writer disturbed
            withdraw();
        }
        long from = encoder.putHead(message, cnt0, ofSlice, offset, isNewest);
        if (pixelBytes > PIECE_BYTES && careful == 0 && packer == null) {
            copyAndSend(from);
        } else {
            encoder.copyPixels(from, message, 0, pixelBytes);
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
            encoder.copyPixels(from, message, done, piece);
            done += piece;
            checksum.through(FrameMessage.PIXELS + done);
            sendAhead(FrameMessage.PIXELS + done);
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

    /** Records that the source has no newer frame than the last one copied. */
    void nothingNew() {
        encoder.nothingNew();
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
        return encoder.bytes();
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
        boolean all = packer == null ? complete(true) : sendPacked(packer);
        encoder.acceptFrame(message);
        return all;
    }

    private boolean sendPacked(FramePacker into) throws ConnectionLostException {
        long length = into.pack(message, checksum);
        packed = length > 0;
        if (!packed) {
            return complete(true);
        }
        sentBytes = length;
        return connection.send(into.message().address(), length, connection.silenceNs());
    }

    /** Returns the length of the last frame sent. */
    long sentBytes() {
        return sentBytes;
    }

    /** True if the last frame sent was packed. */
    boolean isPacked() {
        return packed;
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
        sentBytes = bytes();
        return connection.send(message.address() + rest, bytes() - rest, connection.silenceNs());
    }

    /** Sends the next keywords that changed without a frame, if any. */
    void sendKeywords() throws ConnectionLostException {
        int count = encoder.putKeywords(keywordMessage);
        if (count > 0) {
            long bytes = FrameMessage.bytes(0, count);
            FrameMessage.seal(keywordMessage, bytes, true, keywordChecksum);
            connection.send(keywordMessage.address(), bytes, connection.silenceNs());
        }
        encoder.acceptKeywords(keywordMessage);
    }

    /** Makes all keywords be sent again. */
    void forgetKeywords() {
        encoder.forgetKeywords();
    }

    /** True when {@link #sendKeywords} has scanned the whole table. */
    boolean hasSeenAllKeywords() {
        return encoder.hasSeenAllKeywords();
    }
}
