package org.shmimtcp.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;

/** Tests what becomes of subscriptions when one of them fails. */
@Timeout(60)
class SubscriberTest {
    /** A subscription that runs until stopped, or fails at once. */
    private static final class Fake implements LinkEnd {
        private final Control control = new Control();
        private final LinkState state = new LinkState(LinkState.State.WAITING, "rtc:5556", control);
        private final CountDownLatch stopped = new CountDownLatch(1);
        private final boolean fails;

        Fake(boolean fails) {
            this.fails = fails;
        }

        @Override
        public void run() {
            if (fails) {
                throw new OutOfMemoryError("frames");
            }
            try {
                stopped.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void stop() {
            stopped.countDown();
        }

        @Override
        public Traffic traffic() {
            return new Traffic("cam", state.now().state().text(), 0, 0, 0, 0, "");
        }

        @Override
        public Link glance() {
            return link();
        }

        @Override
        public Link link() {
            ClockOffset clock = new ClockOffset();
            return new Link(
                    Role.SUBSCRIBER,
                    traffic(),
                    5556,
                    false,
                    state.now(),
                    0,
                    0,
                    0,
                    0,
                    null,
                    null,
                    clock);
        }

        @Override
        public void restart() {}

        @Override
        public Control control() {
            return control;
        }
    }

    @Test
    void endsWithTheErrorOfASubscriptionThatFails() {
        Fake well = new Fake(false);
        Subscriber subscriber = new Subscriber(List.of(well, new Fake(true)));
        assertThatThrownBy(subscriber::run)
                .isInstanceOf(OutOfMemoryError.class)
                .hasMessage("frames");
        assertThat(well.stopped.getCount()).isZero();
    }

    /** milk-procCTRL ends one after the other; the process must not stay. */
    @Test
    @Timeout(20)
    void endsWhenEachSubscriptionWasEnded() {
        Fake one = new Fake(false);
        Fake other = new Fake(false);
        one.stop();
        other.stop();
        new Subscriber(List.of(one, other)).run();
    }
}
