package org.shmimtcp.jmh;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.shmimtcp.wire.FrameMessage;

/** The checksum of a frame, which each end computes once, beside a copy of its pixels. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChecksumBench {
    @Param({"10000", "524288", "2097152"})
    private int pixelBytes;

    private MemorySegment message = MemorySegment.NULL;
    private MemorySegment image = MemorySegment.NULL;
    private FrameMessage.Checksum checksum = new FrameMessage.Checksum(message);
    private long bytes;

    @Setup
    public void setUp() {
        bytes = FrameMessage.bytes(pixelBytes, 0);
        message = Arena.global().allocate(bytes, 64);
        image = Arena.global().allocate(pixelBytes, 64);
        for (int i = 0; i < pixelBytes; i++) {
            image.set(JAVA_BYTE, i, (byte) (31 * i));
        }
        checksum = new FrameMessage.Checksum(message);
    }

    /** The last eight bytes of a frame. */
    @Benchmark
    public void checksum() {
        FrameMessage.seal(message, bytes, true, checksum);
    }

    /** For comparison: what reading the frame from shared memory costs. */
    @Benchmark
    public void copyOfThePixels() {
        MemorySegment.copy(image, 0, message, FrameMessage.PIXELS, pixelBytes);
    }
}
