package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.posix.Clock;

class StreamAgeTest {
    private static final long SECOND_NS = 1_000_000_000;

    private Image image;
    private StreamAge age;

    @BeforeEach
    void create(@TempDir Path path) {
        image =
                Image.create(
                        new ImageDirectory(path), ImageSpec.of("x", DataType.UINT8, Shape.of(4)));
        age = new StreamAge(image);
    }

    @AfterEach
    void close() {
        image.close();
    }

    private void publish() {
        image.newWriter().publish(0, Arena.ofAuto().allocate(4));
    }

    /** Sets the write time, as writers do that use another clock or none. */
    private void stamp(long seconds) {
        image.memory().set(JAVA_LONG, MetadataLayout.WRITETIME, seconds);
        image.memory().set(JAVA_LONG, MetadataLayout.WRITETIME + 8, 0);
    }

    @Test
    void unknownBeforeTheFirstFrame() {
        assertThat(age.ns(Clock.monotonicNs())).isEqualTo(StreamAge.UNKNOWN);
    }

    @Test
    void byTheStamp() {
        publish();
        assertThat(age.ns(Clock.monotonicNs())).isBetween(0L, 30 * SECOND_NS);
    }

    /** pyMilk sets no stamp: a stalled stream must not look fresh. */
    @Test
    void withoutStampByTheCounterOnly() {
        publish();
        stamp(0);
        long nowNs = Clock.monotonicNs();
        assertThat(age.ns(nowNs)).isEqualTo(StreamAge.UNKNOWN);
        age.changed(nowNs - 7 * SECOND_NS);
        assertThat(age.ns(nowNs)).isEqualTo(7 * SECOND_NS);
        assertThat(age.ns(nowNs + SECOND_NS)).isEqualTo(8 * SECOND_NS);
    }

    /** After a C program, pyMilk leaves the C program's stamp. */
    @Test
    void stampOfAnEarlierFrame() {
        publish();
        stamp(Instant.now().getEpochSecond());
        long nowNs = Clock.monotonicNs() + 100 * SECOND_NS;
        age.changed(nowNs - SECOND_NS / 2);
        assertThat(age.ns(nowNs)).isLessThanOrEqualTo(SECOND_NS / 2);
    }

    @Test
    void stampsOfTheFutureOrBeforeTheImageAreNotBelieved() {
        publish();
        stamp(Instant.now().getEpochSecond() + 600);
        assertThat(age.ns(Clock.monotonicNs())).isEqualTo(StreamAge.UNKNOWN);
        stamp(1_000_000_000);
        assertThat(age.ns(Clock.monotonicNs())).isEqualTo(StreamAge.UNKNOWN);
    }
}
