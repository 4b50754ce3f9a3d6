package org.shmimtcp.record;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.shmimtcp.fits.FrameTable;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.loop.Counter;

/**
 * Frames on their way from one thread to one other: places for so many, each with its row of
 * counters and times, all allocated beforehand. No locks.
 */
final class FrameRing implements AutoCloseable {
    /** A thread that finds nothing to do looks again after so long. */
    private static final long LOOK_NS = 200_000;

    private static final int MIN_PLACES = 4;

    private final Arena arena = Arena.ofShared();
    private final long frameBytes;
    private final int places;
    private final MemorySegment frames;
    private final MemorySegment rows;
    private final Counter filled = new Counter();
    private final Counter emptied = new Counter();

    /**
     * @param frameBytes of one place
     * @param bytes about so much memory in all, but four places at least
     * @throws ImageException if there is not so much
     */
    FrameRing(long frameBytes, long bytes) {
        this.frameBytes = frameBytes;
        this.places = Math.clamp(bytes / frameBytes, MIN_PLACES, Integer.MAX_VALUE);
        try {
            this.frames = arena.allocate(frameBytes * places, 64);
            this.rows = arena.allocate((long) FrameTable.ROW_BYTES * places, 8);
        } catch (OutOfMemoryError | IllegalArgumentException e) {
            arena.close();
            throw new ImageException(
                    "no memory for a buffer of " + places + " frames of " + frameBytes + " bytes",
                    e);
        }
    }

    int places() {
        return places;
    }

    /** All places, one after the other. */
    MemorySegment frames() {
        return frames;
    }

    /** All rows, likewise. */
    MemorySegment rows() {
        return rows;
    }

    /** Number of the frame to be filled next, or of the one to be emptied next. */
    long filled() {
        return filled.get();
    }

    long emptied() {
        return emptied.get();
    }

    int place(long number) {
        return (int) (number % places);
    }

    /** Offset in {@link #frames} of a frame. */
    long frameAt(long number) {
        return frameBytes * place(number);
    }

    /** Offset in {@link #rows} of its row. */
    long rowAt(long number) {
        return (long) FrameTable.ROW_BYTES * place(number);
    }

    boolean isEmpty() {
        return filled.get() == emptied.get();
    }

    boolean isFull() {
        return filled.get() - emptied.get() >= places;
    }

    /** For the one who fills: so many more frames are there. */
    void fill(long count) {
        filled.add(count);
    }

    /** For the one who empties: so many places are free again. */
    void empty(long count) {
        emptied.add(count);
    }

    /** Waits for a frame; false if there is none and {@code over} says so. */
    boolean awaitFrame(BooleanSupplier over) {
        while (isEmpty()) {
            if (over.getAsBoolean() && isEmpty()) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NS);
        }
        return true;
    }

    /** Waits for a free place; false if there is none and {@code over} says so. */
    boolean awaitPlace(BooleanSupplier over) {
        while (isFull()) {
            if (over.getAsBoolean()) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NS);
        }
        return true;
    }

    /** Gives the memory back; both threads must have ended. */
    @Override
    public void close() {
        arena.close();
    }
}
