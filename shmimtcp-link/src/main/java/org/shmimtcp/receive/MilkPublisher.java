package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.link.Control;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.wire.Milk3Prefix;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/**
 * Publishes the records of a C transmitter. While frames are held back, it keeps the newest one,
 * because it cannot be requested again from a C transmitter. Not thread-safe.
 */
final class MilkPublisher {
    private final TargetStream copy;
    private final MilkRecord record;
    private final SourceState state;
    private final ReceiverCounts counts;
    private final Control control;
    private final Arena arena;

    /** The newest record that arrived while frames were held back; null if there is none. */
    private @Nullable MemorySegment heldBack;

    private @Nullable MemorySegment spare;

    /**
     * @param arena lives as long as the session
     */
    MilkPublisher(
            TargetStream copy,
            MilkRecord record,
            SourceState state,
            ReceiverCounts counts,
            Control control,
            Arena arena) {
        this.copy = copy;
        this.record = record;
        this.state = state;
        this.counts = counts;
        this.control = control;
        this.arena = arena;
    }

    /** Publishes a complete, verified record, or keeps it while frames are held back. */
    void accept(MemorySegment buffer) {
        if (control.isFree()) {
            publishOrReopen(buffer);
        } else {
            keep(buffer);
        }
    }

    private void keep(MemorySegment buffer) {
        MemorySegment kept = heldBack;
        if (kept == null) {
            kept = spare != null ? spare : arena.allocate(record.bytes(), 64);
            spare = kept;
            heldBack = kept;
        }
        NativeMemory.copy(buffer, 0, kept, 0, record.bytes());
    }

    /** Publishes the kept record once that is permitted. Call after each wait. */
    void publishIfReleased() {
        if (control.isFree()) {
            return;
        }
        MemorySegment kept = heldBack;
        if (control.isHeld() && (kept == null || !control.takeStep())) {
            return;
        }
        control.takeRelease();
        if (kept != null) {
            heldBack = null;
            publishOrReopen(kept);
        }
    }

    private void publishOrReopen(MemorySegment buffer) {
        try {
            publish(buffer);
        } catch (ImageException.Truncated e) {
            copy.reopen();
        }
    }

    private void publish(MemorySegment buffer) {
        copy.prepareForFrame();
        long cnt0 = record.cnt0(buffer);
        int slice = record.slice(buffer);
        int keywords = copiedSlots();
        long keywordsOffset = record.keywordsOffset();
        long pixelsOffset = record.pixelsOffset();
        boolean pixels = record.pixelBytes() > 0;
        if (state.isLast(cnt0)
                && pixels
                && copy.holds(slice, buffer, pixelsOffset, keywords, keywordsOffset)) {
            counts.repeated.increment(); // C transmitters repeat a frame for each accumulated post
            return;
        }
        if (record.isOfUnwrittenImage(buffer)) { // C transmitters send it on any post
            return;
        }
        FrameWriter writer = copy.writer();
        writer.begin();
        if (pixels) {
            writer.writeSlice(slice, buffer, pixelsOffset);
        }
        writer.writeKeywords(keywords, buffer, keywordsOffset);
        if (record.variant() == MilkVariant.MILK3) {
            writer.commit(
                    slice, Milk3Prefix.acquiredSeconds(buffer), Milk3Prefix.acquiredNanos(buffer));
        } else {
            writer.commit(slice);
        }
        counts.skipped.add(state.advance(cnt0));
        counts.published.increment();
        counts.bytes.add(record.bytes());
    }

    private int copiedSlots() {
        return record.variant().hasKeywords()
                ? Math.min(record.keywordSlots(), copy.keywordSlots())
                : 0;
    }
}
