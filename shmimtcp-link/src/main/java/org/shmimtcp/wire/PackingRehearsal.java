package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.shmimtcp.compress.PixelPacker;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;

/**
 * Packs and expands a few frames before the first real one. Until this code is compiled, it takes
 * thirty times as long, and a loop at real-time priority that is busy with it keeps the compilers
 * from the CPU: on two cores beside other programs, 14 s were seen. So the rehearsal has a thread
 * of ordinary priority, for which the loop waits.
 */
public final class PackingRehearsal {
    /** Smaller frames take little time even when they are not compiled. */
    private static final long MIN_FRAME_BYTES = 64 << 10;

    /** The peer waits for this, and gives up after 5 s. */
    private static final long MAX_MS = 2000;

    private static final int PIXEL_BYTES = 256 << 10;
    private static final int ROUNDS = 60;

    private static final Set<DataType> DONE = EnumSet.noneOf(DataType.class);

    private PackingRehearsal() {}

    /** Rehearses for frames of this kind, once in the life of this process. */
    public static void perform(ImageSpec spec) {
        if (spec.frameBytes() < MIN_FRAME_BYTES || !begin(spec.type())) {
            return;
        }
        Thread thread = HelperThread.start("rehearsal", () -> rehearse(spec.type()));
        try {
            thread.join(MAX_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static synchronized boolean begin(DataType type) {
        return DONE.add(type);
    }

    private static void rehearse(DataType type) {
        long deadlineNs = Clock.monotonicNs() + MAX_MS * 1_000_000;
        PixelPacker packer = FramePacker.packer(type, PIXEL_BYTES);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pixels = arena.allocate(PIXEL_BYTES, 64);
            MemorySegment packed = arena.allocate(PIXEL_BYTES, 64);
            SplittableRandom random = new SplittableRandom(1);
            for (long i = 0; i < PIXEL_BYTES / 2; i++) { // half of it noise, half of it flat
                int noise = i % 64 < 32 ? random.nextInt(8) : 0;
                pixels.setAtIndex(JAVA_SHORT, i, (short) (1000 + noise));
            }
            for (int i = 0; i < ROUNDS && Clock.monotonicNs() < deadlineNs; i++) {
                long bytes = packer.pack(pixels, 0, packed, 0);
                if (bytes > 0) {
                    packer.expand(packed, 0, bytes, pixels, 0);
                }
            }
        }
    }
}
