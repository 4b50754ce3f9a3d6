package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.posix.Semaphores;

/**
 * The semaphore that a reader has claimed for itself: its PID stands in that semaphore's slot.
 *
 * <p>A PID means something in its own PID namespace only. Containers that share the streams' memory
 * take each other for dead, and each may have the other's number. So slots that are marked free are
 * preferred to those of processes that seem dead, and {@link #move} goes on to another slot when
 * this one turns out to be shared.
 */
final class ReaderSlot {
    static final int NONE = -1;

    private static final int FREE = -1;

    /** C transmitters wait on this one without claiming it. */
    private static final int SEMAPHORE_OF_C_TRANSMITTERS = 6;

    private static final VarHandle PID = JAVA_INT.varHandle();

    /** What this process holds: its PID in any other slot is of a former process of that number. */
    private static final Set<Held> HELD = ConcurrentHashMap.newKeySet();

    private record Held(Object file, int index) {}

    private final Image image;
    private final MemorySegment memory;
    private int index = NONE;

    /** Claims a semaphore, if one is free. */
    ReaderSlot(Image image) {
        this.image = image;
        this.memory = image.memory();
        claimAny(true);
    }

    /** The semaphore's index; {@link #NONE} if there is none. */
    int index() {
        return index;
    }

    /** The semaphore's place in the image. */
    long offset() {
        return image.semaphore(index);
    }

    /** True if another process has written its PID over this one's. */
    boolean isTaken() {
        int owner = (int) PID.getVolatile(memory, slot(index));
        return owner > 0 && owner != Processes.ownPid();
    }

    /** Claims another semaphore instead, which nobody seems to hold; {@link #NONE} if all do. */
    void move() {
        int before = index;
        claimAny(false);
        release(before);
    }

    /** Marks the semaphore as free, once: afterwards it may be another's. */
    void release() {
        int before = index;
        index = NONE;
        release(before);
    }

    private void release(int before) {
        if (before != NONE) {
            HELD.remove(new Held(image.fileKey(), before));
            if (image.holdsSameImage()) { // else the place is somebody else's by now
                change(before, Processes.ownPid(), FREE);
            }
        }
    }

    /** Not 0, and 6 only if there is no other. */
    private void claimAny(boolean ofFormerProcess) {
        int before = index;
        index = NONE;
        for (boolean free : new boolean[] {true, false}) {
            for (int i = 1; i < image.spec().semaphores(); i++) {
                if (i != before
                        && i != SEMAPHORE_OF_C_TRANSMITTERS
                        && claim(i, free, ofFormerProcess)) {
                    return;
                }
            }
        }
        int last = SEMAPHORE_OF_C_TRANSMITTERS;
        if (last != before && last < image.spec().semaphores()) {
            claim(last, false, ofFormerProcess);
        }
    }

    /**
     * Claims a semaphore if it is marked free, or else if its owner seems dead.
     *
     * @param ofFormerProcess true to claim one of this process's number that it does not hold, as a
     *     killed container leaves it; a living container may hold it just as well
     */
    private boolean claim(int candidate, boolean freeOnly, boolean ofFormerProcess) {
        int owner = (int) PID.getVolatile(memory, slot(candidate));
        Held held = new Held(image.fileKey(), candidate);
        boolean claimable = owner <= 0;
        if (!claimable && !freeOnly) {
            claimable =
                    owner == Processes.ownPid()
                            ? ofFormerProcess && !HELD.contains(held)
                            : !Processes.isAlive(owner);
        }
        if (!claimable || !change(candidate, owner, Processes.ownPid())) {
            return false;
        }
        HELD.add(held);
        index = candidate;
        Semaphores.repairWaiters(memory, offset());
        return true;
    }

    /** Reads first: a compare-and-set of memory that is gone may end the JVM (LostMemory). */
    private boolean change(int candidate, int from, int to) {
        return (int) PID.getVolatile(memory, slot(candidate)) == from
                && PID.compareAndSet(memory, slot(candidate), from, to);
    }

    private long slot(int candidate) {
        return image.layout().readerPids() + 4L * candidate;
    }
}
