package org.shmimtcp.transmit;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageLayout;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.KeywordTracker;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.wire.FrameMessage;
import org.shmimtcp.wire.Message;

/**
 * Makes the frames of our own protocol in a buffer that is reused: pixels straight from shared
 * memory, and those keywords that changed.
 */
final class FrameMaker implements FrameReader.Copier {
    private static final long NOT_BY_COUNTER = -1;

    private final MemorySegment memory;
    private final ImageLayout layout;
    private final ImageSpec spec;
    private final boolean sliceTimes;
    private final long pixelBytes;
    private final boolean wholeCube;
    private final KeywordTracker keywords;
    private final MemorySegment message;
    private final MemorySegment keywordMessage;
    private final FrameMessage.Checksum checksum;
    private final FrameMessage.Checksum keywordChecksum;
    private final Clock.Wall wall = new Clock.Wall();
    private int slice;
    private long stampCnt0;
    private int changes;

    FrameMaker(Image image, Arena arena) {
        this.memory = image.memory();
        this.spec = image.spec();
        this.layout = image.layout();
        this.sliceTimes = spec.isCircular() && ImageType.hasSliceArrays(spec.imageType());
        this.pixelBytes = spec.frameBytes();
        this.wholeCube = spec.shape().naxis() == 3 && !spec.isCircular();
        this.keywords = new KeywordTracker(image, arena);
        int slots = Math.min(spec.keywords(), KeywordTracker.SLOTS_A_SCAN);
        this.message = arena.allocate(FrameMessage.bytes(pixelBytes, slots), 64);
        this.keywordMessage = arena.allocate(FrameMessage.bytes(0, slots), 64);
        this.checksum = new FrameMessage.Checksum(message);
        this.keywordChecksum = new FrameMessage.Checksum(keywordMessage);
    }

    /** Pixels and changed keywords, while the reader watches that they belong together. */
    @Override
    public void copy(int ofSlice, long offset, boolean isNewest) {
        slice = wholeCube ? FrameMessage.WHOLE_IMAGE : ofSlice;
        long from = wholeCube && isNewest ? layout.pixels() : offset;
        MemorySegment.copy(memory, from, message, FrameMessage.PIXELS, pixelBytes);
        changes = putChanges(message, pixelBytes);
        FrameMessage.counters(
                message,
                isNewest ? MetadataLayout.cnt1Acquire(memory) : ofSlice,
                MetadataLayout.cnt2Acquire(memory));
        putTimes(ofSlice, isNewest);
    }

    private void putTimes(int ofSlice, boolean isNewest) {
        stampCnt0 = NOT_BY_COUNTER;
        if (isNewest) {
            FrameMessage.acquired(
                    message,
                    MetadataLayout.acquiredSeconds(memory),
                    MetadataLayout.acquiredNanos(memory));
            FrameMessage.written(
                    message,
                    MetadataLayout.writtenSeconds(memory),
                    MetadataLayout.writtenNanos(memory));
        } else if (sliceTimes) {
            long place = 16L * ofSlice;
            long acquired = layout.acquisitionTimes() + place;
            long written = layout.writeTimes() + place;
            FrameMessage.acquired(
                    message, memory.get(JAVA_LONG, acquired), memory.get(JAVA_LONG, acquired + 8));
            FrameMessage.written(
                    message, memory.get(JAVA_LONG, written), memory.get(JAVA_LONG, written + 8));
            stampCnt0 = memory.get(JAVA_LONG, layout.counters() + 8L * ofSlice);
        } else { // the C library does not note when a frame of a ring was made
            FrameMessage.acquired(message, 0, 0);
            FrameMessage.written(message, 0, 0);
        }
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

    /** Completes the frame that was copied last; returns its length. */
    long seal(long cnt0, long skipped) {
        if (stampCnt0 != NOT_BY_COUNTER && stampCnt0 != cnt0) { // few writers stamp their slices
            FrameMessage.acquired(message, 0, 0);
            FrameMessage.written(message, 0, 0);
        }
        FrameMessage.cnt0(message, cnt0);
        FrameMessage.fill(message, Message.FRAME, pixelBytes, slice, changes, skipped);
        long bytes = FrameMessage.bytes(pixelBytes, changes);
        FrameMessage.seal(message, bytes, wall.read().ns(), checksum);
        acceptChanges(message, pixelBytes);
        return bytes;
    }

    private void acceptChanges(MemorySegment sent, long pixels) {
        long first = FrameMessage.change(pixels, 0) + FrameMessage.CHANGE_KEYWORD;
        keywords.accept(sent, first, FrameMessage.CHANGE_BYTES);
    }

    /**
     * When the source wrote the frame that was copied last, ns since 1970; 0 if it is not known.
     */
    long writtenNs() {
        return FrameMessage.writtenSeconds(message) * 1_000_000_000L
                + FrameMessage.writtenNanos(message);
    }

    /** The address of the frame. */
    long address() {
        return message.address();
    }

    /**
     * Makes a message of the next keywords that changed without a frame.
     *
     * @return its length; 0 if there are none
     */
    long keywords() {
        int count = putChanges(keywordMessage, 0);
        long bytes = FrameMessage.bytes(0, count);
        if (count > 0) {
            FrameMessage.fill(keywordMessage, Message.KEYWORDS, 0, 0, count, 0);
            FrameMessage.seal(keywordMessage, bytes, wall.read().ns(), keywordChecksum);
        }
        acceptChanges(keywordMessage, 0);
        return count > 0 ? bytes : 0;
    }

    /** Every keyword is to be sent once more. */
    void forgetKeywords() {
        keywords.forget();
    }

    /** True once {@link #keywords} has gone round the whole table. */
    boolean hasSeenAllKeywords() {
        return keywords.isAtStart();
    }

    /** The address of the message of keywords. */
    long keywordsAddress() {
        return keywordMessage.address();
    }
}
