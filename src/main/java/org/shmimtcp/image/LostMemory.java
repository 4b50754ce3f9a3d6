package org.shmimtcp.image;

/**
 * The error of an access to memory that is gone, because another process cut the file short.
 *
 * <p>HotSpot lets compiled code run on behind such an access, with any value for what was read, and
 * throws its {@link InternalError} at the thread's next safepoint poll: often only after the {@code
 * try} block that was to catch it, in a caller that knows nothing of images.
 */
final class LostMemory {
    /** Enough for a back-edge to be left when a compiler has peeled the loop. */
    private static volatile int rounds = 4;

    private LostMemory() {}

    /**
     * Throws here what is pending: the last statement of each {@code try} block that catches it.
     * Costs some nanoseconds.
     */
    static void check() {
        int round = 0;
        // A volatile limit keeps this a loop that is not counted: one with a poll in it.
        while (round < rounds) {
            round++;
        }
    }
}
