package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.FrameTimes;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.KeywordTracker;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.image.WriteClock;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.wire.FrameMessage;
import org.shmimtcp.wire.Message;

/**
 * Writes an image's frames and changed keywords into messages of the native protocol. Sends
 * nothing. Allocates nothing after construction.
 */
final class FrameEncoder {
    private static final long SECOND_NS = 1_000_000_000L;

    private final WriteClock writes = new WriteClock();
    private final MemorySegment memory;
    private final ImageLayout layout;
    private final FrameTimes times;
    private final long pixelBytes;
    private final boolean wholeCube;
    private final int maxChanges;
    private final KeywordTracker keywords;
    private final Clock.Wall wall = new Clock.Wall();
    private int changes;

    FrameEncoder(Image image, Arena arena) {
        ImageSpec spec = image.spec();
        this.memory = image.memory();
        this.layout = image.layout();
        this.times = new FrameTimes(image);
        this.pixelBytes = spec.frameBytes();
        this.wholeCube = spec.shape().naxis() == 3 && !spec.isCircular();
        this.maxChanges = Math.min(spec.keywordSlots(), KeywordTracker.SLOTS_A_SCAN);
        this.keywords = new KeywordTracker(image, arena);
    }

    /** Returns the number of pixel bytes of a frame. */
    long pixelBytes() {
        return pixelBytes;
    }

    /** Returns how many keyword changes fit into a message. */
    int maxChanges() {
        return maxChanges;
    }

    /** Allocates memory for a frame's message. */
    MemorySegment newFrame(Arena arena) {
        return arena.allocate(FrameMessage.bytes(pixelBytes, maxChanges), 64);
    }

    /** Allocates memory for a message with keywords only. */
    MemorySegment newKeywords(Arena arena) {
        return arena.allocate(FrameMessage.bytes(0, maxChanges), 64);
    }

    /**
     * Writes everything of a frame except for its pixels. For a {@link
     * org.shmimtcp.image.FrameReader.Copier}, whose parameters it takes.
     *
     * @return the offset of the pixels in the image's memory
     */
    long putHead(MemorySegment message, long cnt0, int ofSlice, long offset, boolean isNewest) {
        changes = putChanges(message, pixelBytes);
        FrameMessage.cnt0(message, cnt0);
        FrameMessage.counters(
                message,
                isNewest ? MetadataLayout.cnt1Acquire(memory) : ofSlice,
                MetadataLayout.cnt2Acquire(memory));
        long nowNs = wall.read().ns();
        putTimes(message, cnt0, ofSlice, isNewest, nowNs);
        int slice = wholeCube ? FrameMessage.WHOLE_IMAGE : ofSlice;
        FrameMessage.fill(message, Message.FRAME, pixelBytes, slice, changes, nowNs);
        return wholeCube && isNewest ? layout.pixels() : offset;
    }

    private void putTimes(
            MemorySegment message, long cnt0, int ofSlice, boolean isNewest, long nowNs) {
        times.read(cnt0, ofSlice, isNewest);
        FrameMessage.acquired(message, times.acquiredSeconds(), times.acquiredNanos());
        long stampNs = times.writtenNs();
        putWritten(
                message,
                isNewest
                        ? writes.writtenNs(cnt0, stampNs, nowNs)
                        : writes.ofKnownClock(stampNs, nowNs));
    }

    /** Writes the write time; 0 if it is unknown. */
    private static void putWritten(MemorySegment message, long ns) {
        FrameMessage.written(message, ns / SECOND_NS, ns % SECOND_NS);
    }

    /**
     * Copies a part of a frame's pixels.
     *
     * @param from what {@link #putHead} returned
     * @param begin where the part begins, in bytes from the first pixel
     */
    void copyPixels(long from, MemorySegment message, long begin, long bytes) {
        NativeMemory.copy(memory, from + begin, message, FrameMessage.PIXELS + begin, bytes);
    }

    /** Records that the source has no newer frame than the last one written. */
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

    /** Returns the number of keywords in the last frame written. */
    int changes() {
        return changes;
    }

    /** Returns the length of the last frame written. */
    long bytes() {
        return FrameMessage.bytes(pixelBytes, changes);
    }

    /** Counts the keywords of the last frame written as sent, and turns to the next slots. */
    void acceptFrame(MemorySegment message) {
        accept(message, pixelBytes);
    }

    /**
     * Writes the next keywords that changed without a frame.
     *
     * @return their number; 0 if none changed, and the message need not be sent
     */
    int putKeywords(MemorySegment message) {
        int count = putChanges(message, 0);
        if (count > 0) {
            fillKeywords(message, count);
        }
        return count;
    }

    /** Writes the fixed part of a message that has this number of keyword changes. */
    void fillKeywords(MemorySegment message, int count) {
        FrameMessage.fill(message, Message.KEYWORDS, 0, 0, count, wall.read().ns());
    }

    /** Counts the keywords written by {@link #putKeywords} as sent, and turns to the next slots. */
    void acceptKeywords(MemorySegment message) {
        accept(message, 0);
    }

    private void accept(MemorySegment message, long pixels) {
        long first = FrameMessage.change(pixels, 0) + FrameMessage.CHANGE_KEYWORD;
        keywords.accept(message, first, FrameMessage.CHANGE_BYTES);
    }

    /** Makes all keywords count as changed. */
    void forgetKeywords() {
        keywords.forget();
    }

    /** True when the whole table of keywords has been scanned. */
    boolean hasSeenAllKeywords() {
        return keywords.isAtStart();
    }

    /** Copies the 128 bytes of a keyword as they were accepted last. */
    void copyAccepted(int slot, MemorySegment to, long offset) {
        keywords.copyAccepted(slot, to, offset);
    }
}
