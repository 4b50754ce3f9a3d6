package org.shmimtcp.jmh;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.KeywordTracker;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.ShmDir;

/** The search for changed keywords that each frame pays for. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeywordScanBench {
    private static final int KEYWORD_BYTES = 128;
    private static final int VALUE = 24;
    private static final int CHANGE_BYTES = 136;

    @Param({"10", "100", "1000", "6000"})
    private int slots;

    /** Keywords that change with each frame. */
    @Param({"0", "1", "8"})
    private int changing;

    @SuppressWarnings("NullAway.Init") // made before each trial
    private Image image;

    @SuppressWarnings("NullAway.Init")
    private KeywordTracker tracker;

    private final MemorySegment sent =
            Arena.global().allocate((long) CHANGE_BYTES * KeywordTracker.SLOTS_A_SCAN, 8);
    private long number;

    @Setup
    public void setUp() throws IOException {
        ImageSpec spec = ImageSpec.of("x", DataType.FLOAT, Shape.of(50, 50)).withKeywords(slots);
        image = Image.create(new ImageDirectory(ShmDir.InMemory.create()), spec);
        for (int i = 0; i < slots; i++) {
            image.memory().set(JAVA_LONG, keywordValue(i), i);
        }
        tracker = new KeywordTracker(image, Arena.global());
        do {
            frame();
        } while (!tracker.isAtStart());
    }

    private long keywordValue(long slot) {
        return image.layout().keywordsOffset() + KEYWORD_BYTES * slot + VALUE;
    }

    /** A writer changes keywords; the transmitter looks, copies what changed, takes it for sent. */
    @Benchmark
    public int frame() {
        for (int i = 0; i < changing; i++) {
            image.memory().set(JAVA_LONG, keywordValue(7 * number % slots), number++);
        }
        int changes = tracker.scan();
        for (int i = 0; i < changes; i++) {
            tracker.copy(i, sent, (long) CHANGE_BYTES * i);
        }
        tracker.accept(sent, 0, CHANGE_BYTES);
        return changes;
    }

    @TearDown
    public void tearDown() throws IOException {
        Path file = image.file();
        image.close();
        Files.delete(file);
        Files.delete(Objects.requireNonNull(file.getParent()));
    }
}
