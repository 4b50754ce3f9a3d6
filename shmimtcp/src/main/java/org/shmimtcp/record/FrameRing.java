package org.shmimtcp.record;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.shmimtcp.fits.FrameTable;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.loop.Counter;

/**
 * A queue of frames from one thread to another. It has a fixed number of places, each for a frame
 * and its row of counters and times, all allocated beforehand. It has no locks.
 */
final class FrameRing implements AutoCloseable {
    /** The interval at which a waiting thread checks the ring. */
    private static final long POLL_NS = 200_000;

    private static final int MIN_PLACES = 4;

    private final Arena arena = Arena.ofShared();
    private final long frameBytes;
    private final int places;
    private final MemorySegment frames;
    private final MemorySegment rows;
    private final Counter filled = new Counter();
    private final Counter emptied = new Counter();

    /**
     * @param frameBytes the size of one place
     * @param bytes the approximate size of the ring; it has at least four places
     * @throws ImageException if there is not enough memory
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

    /** The frames of all places, one after the other. */
    MemorySegment frames() {
        return frames;
    }

    /** The rows of all places, one after the other. */
    MemorySegment rows() {
        return rows;
    }

    /** The number of the frame to be filled next. */
    long filled() {
        return filled.get();
    }

    long emptied() {
        return emptied.get();
    }

    int place(long number) {
        return (int) (number % places);
    }

    /** The offset of a frame in {@link #frames}. */
    long frameAt(long number) {
        return frameBytes * place(number);
    }

    /** The offset of a frame's row in {@link #rows}. */
    long rowAt(long number) {
        return (long) FrameTable.ROW_BYTES * place(number);
    }

    boolean isEmpty() {
        return filled.get() == emptied.get();
    }

    boolean isFull() {
        return filled.get() - emptied.get() >= places;
    }

    /** Adds filled frames; for the filling thread. */
    void fill(long count) {
        filled.add(count);
    }

    /** Frees places; for the emptying thread. */
    void empty(long count) {
        emptied.add(count);
    }

    /** Waits for a frame; returns false if there is none and {@code over} returns true. */
    boolean awaitFrame(BooleanSupplier over) {
        while (isEmpty()) {
            if (over.getAsBoolean() && isEmpty()) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    /** Waits for a free place; returns false if there is none and {@code over} returns true. */
    boolean awaitPlace(BooleanSupplier over) {
        while (isFull()) {
            if (over.getAsBoolean()) {
                return false;
            }
            LockSupport.parkNanos(POLL_NS);
        }
        return true;
    }

    /** Frees the memory; both threads must have ended. */
    @Override
    public void close() {
        arena.close();
    }
}
