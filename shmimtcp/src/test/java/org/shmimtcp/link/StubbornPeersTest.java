package org.shmimtcp.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.FaultProxy;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.testing.Sender;
import org.shmimtcp.testing.ShmDir;

/** Peers that keep an end waiting: each wait has a bound, and ends when the end is stopped. */
class StubbornPeersTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final GoldenWire MIRROR = new GoldenWire("50x50-float-5");
    private static final ImageSpec SPEC = ImageSpec.of("a", DataType.FLOAT, Shape.of(7, 5));

    /** Silent visitors that wait for their turn; more would be sent away. */
    private static final int WAITING = 64;

    private final ImageDirectory sources;
    private final ImageDirectory copies;

    StubbornPeersTest(@ShmDir Path sources, @ShmDir Path copies) {
        this.sources = new ImageDirectory(sources);
        this.copies = new ImageDirectory(copies);
    }

    /** A receiver that answers each transmitter with one HOLD after the other. */
    private static ServerSocket hold(long pauseNs) throws IOException {
        ServerSocket server = Wire.listen();
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    while (!server.isClosed()) {
                        try (Socket socket = server.accept()) {
                            OutputStream out = socket.getOutputStream();
                            while (!server.isClosed()) {
                                out.write(ProtocolPage.empty(ProtocolPage.HOLD));
                                LockSupport.parkNanos(pauseNs);
                            }
                        } catch (IOException gone) {
                            // the next one, then
                        }
                    }
                });
        return server;
    }

    @ParameterizedTest
    @CsvSource({"1, none of them a welcome", "700000000, neither accepts nor refuses"})
    void aReceiverThatAnswersHoldForEverIsGivenUp(long pauseNs, String saying) throws IOException {
        try (Image source = Image.create(sources, SPEC);
                ServerSocket server = hold(pauseNs)) {
            var transmitting = new Ends.Transmitting(sources, source.name(), server.getLocalPort());
            try (RunningLoop loop = transmitting.start()) {
                Await.until(
                        SOON,
                        saying + " in " + transmitting.reasons,
                        () -> transmitting.reasons.stream().anyMatch(r -> r.contains(saying)));
                assertThat(loop.traffic().state()).isEqualTo("waiting");
            }
        }
    }

    /** By default it would be 4 s. */
    @Test
    void eitherEndGivesUpASilentPeerAfterTheTimeThatItWasTold() throws IOException {
        var receiving = new Ends.Receiving(copies);
        receiving.silenceS = 1;
        try (Image source = Image.create(sources, SPEC);
                CapturedErr log = new CapturedErr();
                Ends.RunningReceiver receiver = receiving.start();
                FaultProxy proxy = new FaultProxy(receiver.port(), 1, SOON.toMillis())) {
            source.newWriter().publish(0, Arena.ofAuto().allocate(SPEC.pixelBytes()));
            var transmitting = new Ends.Transmitting(sources, source.name(), proxy.port());
            transmitting.silenceS = 2;
            try (RunningLoop loop = transmitting.start()) {
                Await.until(SOON, "a frame", () -> receiver.loop().traffic().out() == 1);
                proxy.inject(FaultProxy.Fault.STALL);
                Await.until(
                        SOON,
                        "the receiver's word in " + log.lines(),
                        () -> log.lines().stream().anyMatch(l -> l.contains("silent for 1 s")));
                Await.until(
                        SOON,
                        "the transmitter's word of " + loop.traffic(),
                        () -> log.lines().stream().anyMatch(l -> l.contains("silent for 2 s")));
            }
        }
    }

    @Test
    void aTransmitterThatIsHeldStopsAtOnce() throws IOException {
        try (Image source = Image.create(sources, SPEC);
                ServerSocket server = Wire.listen()) {
            RunningLoop loop =
                    new Ends.Transmitting(sources, source.name(), server.getLocalPort()).start();
            try (Socket socket = server.accept()) {
                socket.getOutputStream().write(ProtocolPage.empty(ProtocolPage.HOLD));
                socket.getInputStream().readNBytes(384);
                long startNs = System.nanoTime();
                loop.close();
                assertThat(System.nanoTime() - startNs).isLessThan(3_000_000_000L);
            }
        }
    }

    /** 384 bytes, which anybody can send, keep no transmitter out. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHeadAloneGivesWayToWhoSends(boolean ours) {
        try (Image source = Image.create(sources, SPEC);
                Ends.RunningReceiver receiver = new Ends.Receiving(copies).start()) {
            source.newWriter().publish(0, Arena.ofAuto().allocate(SPEC.pixelBytes()));
            List<Sender> silent = new ArrayList<>();
            for (int i = 0; i <= WAITING; i++) {
                silent.add(new Sender(receiver.port()).send(MIRROR.head()));
                if (i == 0) {
                    Await.until(SOON, "its turn", () -> receiver.loop().count("connections") == 1);
                }
            }
            if (ours) {
                try (RunningLoop loop =
                        new Ends.Transmitting(sources, "a", receiver.port()).start()) {
                    Await.until(SOON, "a frame", () -> receiver.loop().traffic().out() == 1);
                    assertThat(loop.traffic().state()).isEqualTo("connected");
                }
            } else {
                try (Sender sender = new Sender(receiver.port())) {
                    sender.send(MIRROR.head()).send(MIRROR.records().getFirst());
                    Await.until(SOON, "a frame", () -> receiver.loop().traffic().out() == 1);
                    assertThat(sender.localPort()).isPositive();
                }
            }
            silent.forEach(Sender::close);
        }
    }

    /** One that has sent a frame is a transmitter, however long it then is silent. */
    @Test
    void whoHasSentAFrameKeepsItsPlace() {
        try (Ends.RunningReceiver receiver = new Ends.Receiving(copies).start();
                Sender first = new Sender(receiver.port());
                Sender second = new Sender(receiver.port())) {
            first.send(MIRROR.head()).send(MIRROR.records().get(0));
            Await.until(SOON, "a frame", () -> receiver.loop().traffic().out() == 1);
            second.send(MIRROR.head()).send(MIRROR.records().get(1)).awaitClosed(SOON);
            first.send(MIRROR.records().get(2));
            Await.until(SOON, "another frame", () -> receiver.loop().traffic().out() == 2);
        }
    }
}
