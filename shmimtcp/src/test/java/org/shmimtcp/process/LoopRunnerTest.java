package org.shmimtcp.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.testing.CapturedErr;

class LoopRunnerTest {
    private static final RealTimeSettings ORDINARY = new RealTimeSettings(0, new BitSet());

    @Test
    void lineHasRatesOfTheTimeAndCountsOfAllTimes() {
        var before = new Loop.Traffic("dm01", "connected", 1000, 900, 9_000_000, 100, "busy=1");
        var now = new Loop.Traffic("dm01", "waiting", 6000, 5800, 58_000_000, 200, "busy=2");
        Locale locale = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(LoopRunner.line(now, before, 2.5))
                    .isEqualTo(
                            "dm01 waiting in=2000.0/s out=1960.0/s MB/s=19.6 frames=5800"
                                    + " skipped=200 busy=2");
        } finally {
            Locale.setDefault(locale);
        }
    }

    @Test
    void lineEndsWithoutABlank() {
        var idle = new Loop.Traffic("port 8886", "waiting", 0, 0, 0, 0, "");
        assertThat(LoopRunner.line(idle, idle, 10))
                .isEqualTo("port 8886 waiting in=0.0/s out=0.0/s MB/s=0.0 frames=0 skipped=0");
    }

    @Test
    void runsALoopToItsEndAndSumsUp() {
        try (CapturedErr err = new CapturedErr()) {
            LoopRunner.run(new Ending(() -> {}), "test", ORDINARY);
            assertThat(err.lines()).singleElement().asString().startsWith("INFO end: x done in=");
        }
    }

    @Test
    void handsOnWhatALoopEndsWith() {
        var thrown = new IllegalStateException("why");
        try (CapturedErr err = new CapturedErr()) {
            assertThatThrownBy(() ->
                            LoopRunner.run(
                                    new Ending(() -> {
                                        throw thrown;
                                    }),
                                    "test",
                                    ORDINARY))
                    .isSameAs(thrown);
            assertThat(err.lines()).hasSize(1);
        }
    }

    private record Ending(Runnable body) implements Loop {
        @Override
        public void run() {
            body.run();
        }

        @Override
        public void stop() {}

        @Override
        public Traffic traffic() {
            return new Traffic("x", "done", 3, 2, 1, 1, "");
        }
    }
}
