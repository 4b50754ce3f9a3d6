package org.shmimtcp.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.compress.Compression;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.receive.AdmissionRules;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.receive.ReceiveSettings.CounterOf;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transmit.Transmitter;
import org.shmimtcp.wire.Limits;

/** Transmitters and receivers in the test's JVM. */
final class Ends {
    private static final long MAX_BYTES = 1L << 30;

    /** No limit but that of an image's size: tests come fast, and all from one address. */
    private static final AdmissionRules RULES =
            new AdmissionRules(
                    AdmissionRules.DEFAULT.allowed(),
                    AdmissionRules.DEFAULT.only(),
                    new Limits(MAX_BYTES, ImageSpec.MAX_COUNT, Limits.DEFAULT.ringBytes()),
                    0,
                    AdmissionRules.DEFAULT.headTimeoutNs(),
                    null);

    private Ends() {}

    /** How to receive; to be changed before {@link #start}. */
    static final class Receiving {
        private final ImageDirectory directory;
        org.shmimtcp.receive.Wire wire = org.shmimtcp.receive.Wire.AUTO;
        OnLoss onLoss = OnLoss.HOLD;
        boolean sourceCounter;
        boolean statusKeywords;
        int silenceS = 4;
        @Nullable String name;
        int port;

        Receiving(ImageDirectory directory) {
            this.directory = directory;
        }

        RunningReceiver start() {
            ReceiveSettings settings =
                    ReceiveSettings.of(port)
                            .with(ReceiveSettings.BIND, "127.0.0.1")
                            .with(ReceiveSettings.WIRE, wire)
                            .with(ReceiveSettings.ON_LOSS, onLoss)
                            .with(ReceiveSettings.STATUS_KEYWORDS, statusKeywords)
                            .with(ReceiveSettings.SILENCE, silenceS)
                            .with(
                                    ReceiveSettings.COUNTER,
                                    sourceCounter ? CounterOf.SOURCE : CounterOf.OWN);
            if (name != null) {
                settings = settings.with(ReceiveSettings.NAME, name);
            }
            try {
                Receiver receiver = new Receiver(settings, RULES, LoopContext.of(directory));
                String address = receiver.address();
                int bound = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
                return new RunningReceiver(RunningLoop.start(receiver), bound);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    record RunningReceiver(RunningLoop loop, int port) implements AutoCloseable {
        @Override
        public void close() {
            loop.close();
        }
    }

    /** How to transmit; to be changed before {@link #start}. */
    static final class Transmitting {
        private final ImageDirectory directory;
        private final String stream;
        private final int port;
        org.shmimtcp.transmit.Wire wire = org.shmimtcp.transmit.Wire.AUTO;
        boolean every;
        boolean lz4;
        boolean polling;
        double fps;
        int silenceS = 4;
        final List<String> reasons = new CopyOnWriteArrayList<>();

        Transmitting(ImageDirectory directory, String stream, int port) {
            this.directory = directory;
            this.stream = stream;
            this.port = port;
        }

        RunningLoop start() {
            var settings =
                    TransmitSettings.of(stream, "127.0.0.1", port)
                            .with(TransmitSettings.WIRE, wire)
                            .with(TransmitSettings.POLLING, polling)
                            .with(TransmitSettings.EVERY, every)
                            .with(TransmitSettings.FPS, fps)
                            .with(
                                    TransmitSettings.COMPRESS,
                                    lz4 ? Compression.LZ4 : Compression.OFF)
                            .with(TransmitSettings.SILENCE, silenceS);
            return RunningLoop.start(
                    new Transmitter(
                            settings,
                            new Transmitter.Watcher() {
                                @Override
                                public void connected(String peer) {}

                                @Override
                                public void waiting(String reason) {
                                    reasons.add(reason);
                                }
                            },
                            LoopContext.of(directory)));
        }
    }
}
