package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transmit.Transmitter;
import org.shmimtcp.transmit.Wire;

/** A link that is held: no frame passes but by a step, and it goes on with the newest. */
class PauseTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    /** How long a frame would need at most that ought not to come. */
    private static final Duration SETTLE = Duration.ofMillis(150);

    private static final String STREAM = "dm01disp03";

    private final ImageDirectory sources;
    private final ImageDirectory copies;

    PauseTest(@ShmDir Path path) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(path.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(path.resolve("copies")));
    }

    enum End {
        TRANSMITTER,
        RECEIVER
    }

    /** A stream, its link and its copy. */
    private final class Link implements AutoCloseable {
        final Image source;
        final FrameWriter writer;
        final Receiver receiver;
        final Transmitter transmitter;
        private final RunningLoop receiving;
        private final RunningLoop sending;
        final Image copy;

        Link(ImageSpec spec, Wire wire, boolean every) throws IOException {
            source = Image.create(sources, spec);
            writer = source.newWriter();
            NumberedFrames.publish(source, writer, 1);
            receiver =
                    new Receiver(
                            ReceiveSettings.DEFAULT.with(ReceiveSettings.BIND, "127.0.0.1"),
                            LoopContext.of(copies));
            String address = receiver.address();
            int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            transmitter =
                    new Transmitter(
                            TransmitSettings.of(STREAM, "127.0.0.1", port)
                                    .with(TransmitSettings.WIRE, wire)
                                    .with(TransmitSettings.EVERY, every),
                            new Unheard(),
                            LoopContext.of(sources));
            receiving = RunningLoop.start(receiver);
            sending = RunningLoop.start(transmitter);
            copy = ForeignImage.awaitOpen(copies, STREAM);
        }

        LinkEnd end(End which) {
            return which == End.TRANSMITTER ? transmitter : receiver;
        }

        void publish(int first, int last) {
            for (int n = first; n <= last; n++) {
                NumberedFrames.publish(source, writer, n);
                Await.time(Duration.ofMillis(10));
            }
        }

        long shown() {
            return NumberedFrames.numberIn(copy);
        }

        void awaitShown(long number, long cnt0) {
            Await.until(
                    SOON,
                    "frame " + number + " as cnt0 " + cnt0,
                    () -> shown() == number && copy.cnt0() == cnt0);
        }

        /** It stays as it is. */
        void assertStays(long number, long cnt0) {
            Await.time(SETTLE);
            assertThat(shown()).isEqualTo(number);
            assertThat(copy.cnt0()).isEqualTo(cnt0);
        }

        @Override
        public void close() {
            sending.close();
            receiving.close();
            copy.close();
            source.close();
        }
    }

    private record Unheard() implements Transmitter.Watcher {
        @Override
        public void connected(String peer) {}

        @Override
        public void waiting(String reason) {}
    }

    private static ImageSpec spec(int ring, int keywords) {
        return ImageSpec.of(STREAM, DataType.FLOAT, Shape.of(50, 50))
                .withKeywords(keywords)
                .withRing(ring);
    }

    @ParameterizedTest
    @CsvSource({
        "TRANSMITTER, NATIVE, false",
        "TRANSMITTER, NATIVE, true",
        "TRANSMITTER, MILK1, false",
        "RECEIVER, NATIVE, false",
        "RECEIVER, NATIVE, true",
        "RECEIVER, MILK1, false",
        "RECEIVER, MILK2, false",
    })
    void noFramePassesButByAStepAndItGoesOnWithTheNewest(End which, Wire wire, boolean every)
            throws IOException {
        try (Link link = new Link(spec(every ? 8 : 0, 0), wire, every)) {
            LinkEnd end = link.end(which);
            Control control = end.control();
            link.awaitShown(1, 1);
            assertThat(end.glance().now().state().text()).isEqualTo("connected");

            control.hold();
            assertThat(end.glance().now().state().text()).isEqualTo("paused");
            assertThat(end.traffic().state()).isEqualTo("paused");
            link.publish(2, 4);
            link.assertStays(1, 1);

            control.step();
            link.awaitShown(4, 2);
            link.publish(5, 6);
            link.assertStays(4, 2);

            control.step();
            link.awaitShown(6, 3);
            control.step(); // nothing is new: the next frame goes
            link.assertStays(6, 3);
            link.publish(7, 7);
            link.awaitShown(7, 4);
            link.publish(8, 10);
            link.assertStays(7, 4);

            control.release();
            link.awaitShown(10, 5);
            assertThat(end.glance().now().state().text()).isEqualTo("connected");
            link.publish(11, 11);
            link.awaitShown(11, 6);
            assertThat(end.glance().connections()).as("it kept its connection").isOne();
            Await.until(
                    SOON,
                    "all counted: " + end.traffic(),
                    () -> end.traffic().out() == 6 && end.traffic().skipped() == 5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRANSMITTER", "RECEIVER"})
    void keywordsWaitToo(End which) throws IOException {
        try (Link link = new Link(spec(0, 10), Wire.NATIVE, false)) {
            int slot = link.source.keywords().put("GAIN", 1L, "");
            link.awaitShown(1, 1);
            Await.until(SOON, "the keyword", () -> gain(link) == 1);

            Control control = link.end(which).control();
            control.hold();
            link.source.keywords().setLong(slot, 2);
            Await.time(Duration.ofMillis(1300)); // they come once a second where no frame does
            assertThat(gain(link)).isEqualTo(1);

            control.release();
            Await.until(SOON, "the keyword's new value", () -> gain(link) == 2);
            assertThat(link.copy.cnt0()).as("no frame was made up for it").isOne();
        }
    }

    private static long gain(Link link) {
        return link.copy.keywords().all().stream()
                .filter(k -> k.name().equals("GAIN"))
                .map(k -> (long) k.value())
                .findFirst()
                .orElse(0L);
    }

    /** Before there is anything to hold back, and through a reconnection. */
    @Test
    void aLinkIsHeldThroughAReconnection() throws IOException {
        try (Link link = new Link(spec(0, 0), Wire.NATIVE, false)) {
            link.awaitShown(1, 1);
            link.receiver.control().hold();
            link.sending.close();
            Await.until(
                    SOON,
                    "the receiver waiting",
                    () -> link.receiver.glance().now().state().text().equals("waiting"));
            link.publish(2, 2);
            var again =
                    new Transmitter(
                            TransmitSettings.of(STREAM, "127.0.0.1", port(link.receiver))
                                    .with(TransmitSettings.WIRE, Wire.NATIVE),
                            new Unheard(),
                            LoopContext.of(sources));
            try (RunningLoop sending = RunningLoop.start(again)) {
                Await.until(
                        SOON,
                        "the receiver paused",
                        () -> link.receiver.glance().now().state().text().equals("paused"));
                link.assertStays(1, 1);
                link.receiver.control().release();
                link.awaitShown(2, 2);
                assertThat(sending.isAlive()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "TRANSMITTER, NATIVE",
        "TRANSMITTER, MILK1",
        "RECEIVER, NATIVE",
        "RECEIVER, MILK1",
    })
    void aRestartLeavesItHeld(End which, Wire wire) throws IOException {
        try (Link link = new Link(spec(0, 0), wire, false)) {
            LinkEnd end = link.end(which);
            link.awaitShown(1, 1);
            end.control().hold();
            link.publish(2, 3);
            end.restart();
            Await.until(
                    SOON,
                    "another connection, paused: " + end.glance(),
                    () ->
                            end.glance().connections() == 2
                                    && end.glance().now().state().text().equals("paused"));
            link.publish(4, 5);
            link.assertStays(1, 1);
            end.control().release();
            Await.until(SOON, "the newest frame", () -> link.shown() == 5);
        }
    }

    private static int port(Receiver receiver) {
        String address = receiver.address();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }
}
