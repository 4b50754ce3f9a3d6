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

class CpuSleepGuardTest {
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

    private CpuSleepGuard watching(int latencyUs) {
        return new CpuSleepGuard(OptionalInt.of(latencyUs), device, true);
    }

    /** Simulates a second in which {@code came} frames arrive. */
    private void second(CpuSleepGuard sleepGuard, long came) {
        frames += came;
        nowNs += SECOND_NS;
        sleepGuard.update(frames, nowNs);
    }

    @Test
    void asksTheKernelWhileFramesCome() throws IOException {
        try (CpuSleepGuard sleepGuard = watching(7)) {
            second(sleepGuard, 0);
            assertThat(sleepGuard.isHeld()).isFalse();
            assertThat(device).isEmptyFile();
            second(sleepGuard, 2000);
            assertThat(sleepGuard.isHeld()).isTrue();
            assertThat(
                            ByteBuffer.wrap(Files.readAllBytes(device))
                                    .order(ByteOrder.nativeOrder())
                                    .getInt())
                    .isEqualTo(7);
        }
    }

    @Test
    void lastsThroughAShortPauseOnly() {
        try (CpuSleepGuard sleepGuard = watching(0)) {
            second(sleepGuard, 2000);
            for (int pause = 1; pause <= 5; pause++) {
                second(sleepGuard, 0);
                assertThat(sleepGuard.isHeld()).as("after %d s", pause).isTrue();
            }
            second(sleepGuard, 0);
            assertThat(sleepGuard.isHeld()).isFalse();
            second(sleepGuard, 2000);
            assertThat(sleepGuard.isHeld()).isTrue();
        }
    }

    @Test
    void fastFramesNeedNotWaitForTheNextLook() {
        try (CpuSleepGuard sleepGuard = watching(0)) {
            sleepGuard.tick(1);
            sleepGuard.tick(5); // 5 frames, split over two ticks
            assertThat(sleepGuard.isHeld()).isFalse();
            sleepGuard.tick(10);
            assertThat(sleepGuard.isHeld()).isTrue();
        }
    }

    @Test
    void isNotWorthItForAFrameNowAndThen() {
        try (CpuSleepGuard sleepGuard = watching(0)) {
            second(sleepGuard, 10);
            second(sleepGuard, 10);
            assertThat(sleepGuard.isHeld()).isFalse();
        }
    }

    @Test
    void endsWithTheLoop() {
        CpuSleepGuard sleepGuard = watching(0);
        second(sleepGuard, 2000);
        sleepGuard.close();
        assertThat(sleepGuard.isHeld()).isFalse();
        second(sleepGuard, 2000); // a call that was in progress
        assertThat(sleepGuard.isHeld()).isFalse();
    }

    @Test
    void goesOnWithoutWhatTheMachineDoesNotHaveOrGive() throws IOException {
        Files.delete(device);
        try (CpuSleepGuard sleepGuard = watching(0)) {
            second(sleepGuard, 2000);
            assertThat(sleepGuard.isHeld()).isFalse();
        }
        Files.createDirectory(device); // cannot be written, not even by root
        try (CpuSleepGuard sleepGuard = watching(0)) {
            second(sleepGuard, 2000);
            assertThat(sleepGuard.isHeld()).isFalse();
        }
    }

    @Test
    void leavesItToTheMachineOnRequest() throws IOException {
        try (CpuSleepGuard sleepGuard =
                new CpuSleepGuard(CpuSleepGuard.parse("any"), device, true)) {
            second(sleepGuard, 2000);
            assertThat(sleepGuard.isHeld()).isFalse();
            assertThat(device).isEmptyFile();
        }
    }

    @Test
    void nobodyLooksOutWhileNoCpuSleeps() {
        try (CpuSleepGuard sleepGuard = watching(0)) {
            Supplier<Waiting> waiting = sleepGuard.waiting(Waiting.AUTO);
            assertThat(waiting.get()).isEqualTo(Waiting.AUTO);
            second(sleepGuard, 2000);
            assertThat(waiting.get()).isEqualTo(Waiting.BLOCK);
            assertThat(sleepGuard.waiting(Waiting.SPIN).get()).isEqualTo(Waiting.SPIN);
        }
        try (CpuSleepGuard lightSleep = watching(2)) {
            second(lightSleep, 2000);
            assertThat(lightSleep.waiting(Waiting.AUTO).get()).isEqualTo(Waiting.AUTO);
        }
    }

    @Test
    void aKernelWithoutIdleDriverLetsCpusSleep() {
        try (CpuSleepGuard ignored = new CpuSleepGuard(OptionalInt.of(0), device, false)) {
            Supplier<Waiting> waiting = ignored.waiting(Waiting.AUTO);
            second(ignored, 2000);
            assertThat(ignored.isHeld()).isTrue();
            assertThat(waiting.get()).isEqualTo(Waiting.AUTO);
        }
    }

    @Test
    void endsWithTheLoopThatItWatches() {
        CpuSleepGuard sleepGuard = watching(0);
        Observer observer = sleepGuard.watching(() -> 5_000_000);
        observer.refresh();
        assertThat(sleepGuard.isHeld()).isTrue();
        observer.close();
        assertThat(sleepGuard.isHeld()).isFalse();
    }

    @Test
    void takesMicroseconds() {
        assertThat(CpuSleepGuard.parse("0")).hasValue(0);
        assertThat(CpuSleepGuard.parse("20")).hasValue(20);
        assertThat(CpuSleepGuard.parse("auto").getAsInt()).isBetween(0, 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "2us", "none", "", "4294967295", "99999999999"})
    void refusesWhatIsNone(String setting) {
        assertThatThrownBy(() -> CpuSleepGuard.parse(setting))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'" + setting + "': expected microseconds, auto or any");
    }
}
