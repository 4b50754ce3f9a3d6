package org.shmimtcp.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.posix.Clock;

class WakefulnessTest {
    private static final long SECOND_NS = 1_000_000_000L;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit's
    private Path directory;

    private Path device = Path.of("");
    private long frames;
    private long nowNs;

    @BeforeEach
    void makeDevice() throws IOException {
        device = Files.createFile(directory.resolve("device"));
        nowNs = Clock.monotonicNs();
    }

    private Wakefulness watching(int latencyUs) {
        return new Wakefulness(OptionalInt.of(latencyUs), device);
    }

    /** Simulates a second in which {@code came} frames arrive. */
    private void second(Wakefulness wakefulness, long came) {
        frames += came;
        nowNs += SECOND_NS;
        wakefulness.update(frames, nowNs);
    }

    @Test
    void asksTheKernelWhileFramesCome() throws IOException {
        try (Wakefulness wakefulness = watching(7)) {
            second(wakefulness, 0);
            assertThat(wakefulness.isHeld()).isFalse();
            assertThat(device).isEmptyFile();
            second(wakefulness, 2000);
            assertThat(wakefulness.isHeld()).isTrue();
            assertThat(
                            ByteBuffer.wrap(Files.readAllBytes(device))
                                    .order(ByteOrder.nativeOrder())
                                    .getInt())
                    .isEqualTo(7);
        }
    }

    @Test
    void lastsThroughAShortPauseOnly() {
        try (Wakefulness wakefulness = watching(0)) {
            second(wakefulness, 2000);
            for (int pause = 1; pause <= 5; pause++) {
                second(wakefulness, 0);
                assertThat(wakefulness.isHeld()).as("after %d s", pause).isTrue();
            }
            second(wakefulness, 0);
            assertThat(wakefulness.isHeld()).isFalse();
            second(wakefulness, 2000);
            assertThat(wakefulness.isHeld()).isTrue();
        }
    }

    @Test
    void fastFramesNeedNotWaitForTheNextLook() {
        try (Wakefulness wakefulness = watching(0)) {
            wakefulness.tick(1);
            wakefulness.tick(5); // 5 frames, split over two ticks
            assertThat(wakefulness.isHeld()).isFalse();
            wakefulness.tick(10);
            assertThat(wakefulness.isHeld()).isTrue();
        }
    }

    @Test
    void isNotWorthItForAFrameNowAndThen() {
        try (Wakefulness wakefulness = watching(0)) {
            second(wakefulness, 10);
            second(wakefulness, 10);
            assertThat(wakefulness.isHeld()).isFalse();
        }
    }

    @Test
    void endsWithTheLoop() {
        Wakefulness wakefulness = watching(0);
        second(wakefulness, 2000);
        wakefulness.close();
        assertThat(wakefulness.isHeld()).isFalse();
        second(wakefulness, 2000); // a call that was in progress
        assertThat(wakefulness.isHeld()).isFalse();
    }

    @Test
    void goesOnWithoutWhatTheMachineDoesNotHaveOrGive() throws IOException {
        Files.delete(device);
        try (Wakefulness wakefulness = watching(0)) {
            second(wakefulness, 2000);
            assertThat(wakefulness.isHeld()).isFalse();
        }
        Files.createDirectory(device); // cannot be written, not even by root
        try (Wakefulness wakefulness = watching(0)) {
            second(wakefulness, 2000);
            assertThat(wakefulness.isHeld()).isFalse();
        }
    }

    @Test
    void leavesItToTheMachineOnRequest() throws IOException {
        try (Wakefulness wakefulness = new Wakefulness(Wakefulness.parse("any"), device)) {
            second(wakefulness, 2000);
            assertThat(wakefulness.isHeld()).isFalse();
            assertThat(device).isEmptyFile();
        }
    }

    @Test
    void nobodyLooksOutWhileNoCpuSleeps() {
        try (Wakefulness wakefulness = watching(0)) {
            Supplier<Waiting> waiting = wakefulness.waiting(Waiting.AUTO);
            assertThat(waiting.get()).isEqualTo(Waiting.AUTO);
            second(wakefulness, 2000);
            assertThat(waiting.get()).isEqualTo(Waiting.BLOCK);
            assertThat(wakefulness.waiting(Waiting.SPIN).get()).isEqualTo(Waiting.SPIN);
        }
        try (Wakefulness lightSleep = watching(2)) {
            second(lightSleep, 2000);
            assertThat(lightSleep.waiting(Waiting.AUTO).get()).isEqualTo(Waiting.AUTO);
        }
    }

    @Test
    void endsWithTheLoopThatItWatches() {
        Wakefulness wakefulness = watching(0);
        Observer observer = wakefulness.watching(() -> 5_000_000);
        observer.refresh();
        assertThat(wakefulness.isHeld()).isTrue();
        observer.close();
        assertThat(wakefulness.isHeld()).isFalse();
    }

    @Test
    void takesMicroseconds() {
        assertThat(Wakefulness.parse("0")).hasValue(0);
        assertThat(Wakefulness.parse("20")).hasValue(20);
        assertThat(Wakefulness.parse("auto").getAsInt()).isBetween(0, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "2us", "none", "", "4294967295", "99999999999"})
    void refusesWhatIsNone(String setting) {
        assertThatThrownBy(() -> Wakefulness.parse(setting))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'" + setting + "': expected microseconds, auto or any");
    }
}
