package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.posix.Semaphores;

/**
 * The semaphore that a reader has claimed: the reader's PID is in that semaphore's slot.
 *
 * <p>A PID is valid only in its own PID namespace. Processes in containers that share the streams'
 * memory take each other for dead, and may have the same PID. So slots marked free are preferred to
 * those of processes that seem dead. {@link #move} changes to another slot if this one turns out to
 * be shared.
 */
final class ReaderSlot {
    static final int NONE = -1;

    private static final int FREE = -1;

    /** C transmitters wait on this one without claiming it. */
    private static final int SEMAPHORE_OF_C_TRANSMITTERS = 6;

    private static final VarHandle PID = JAVA_INT.varHandle();

    /**
     * The slots that this process holds. Its PID in any other slot is from a former process of that
     * PID.
     */
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

    /** The semaphore's index; {@link #NONE} if none is claimed. */
    int index() {
        return index;
    }

    /** The semaphore's offset in the image. */
    long offset() {
        return image.semaphore(index);
    }

    /** Returns true if another process has written its PID over this one's. */
    boolean isTaken() {
        int owner = (int) PID.getVolatile(memory, slot(index));
        return owner > 0 && owner != Processes.ownPid();
    }

    /**
     * Releases the semaphore and claims another one that no process seems to hold; the index is
     * {@link #NONE} if there is none.
     */
    void move() {
        int before = index;
        claimAny(false);
        release(before);
    }

    /** Releases the semaphore. Call it once: afterwards another reader may own it. */
    void release() {
        int before = index;
        index = NONE;
        release(before);
    }

    private void release(int before) {
        if (before != NONE) {
            HELD.remove(new Held(image.fileKey(), before));
            if (image.holdsSameImage()) { // otherwise the slot belongs to another image by now
                change(before, Processes.ownPid(), FREE);
            }
        }
    }

    /** Claims any semaphore except 0, and 6 only if there is no other. */
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
     * Claims a semaphore if it is marked free, or if its owner seems dead.
     *
     * @param ofFormerProcess true to claim also one that carries this process's PID but is not held
     *     by it. A killed container leaves such a slot, but a living container may hold it just as
     *     well
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

    /**
     * Changes a slot's PID. Reads it first: a compare-and-set of memory that is gone may kill the
     * JVM (see {@link LostMemory}).
     */
    private boolean change(int candidate, int from, int to) {
        return (int) PID.getVolatile(memory, slot(candidate)) == from
                && PID.compareAndSet(memory, slot(candidate), from, to);
    }

    private long slot(int candidate) {
        return image.layout().readerPids() + 4L * candidate;
    }
}
