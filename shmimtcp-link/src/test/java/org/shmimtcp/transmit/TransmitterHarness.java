package org.shmimtcp.transmit;

import java.time.Duration;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.wire.MilkVariant;

/** Transmitters in the test's JVM. */
final class TransmitterHarness {
    static final Duration SOON = Duration.ofSeconds(10);

    private TransmitterHarness() {}

    static Transmitter of(ImageDirectory directory, String stream, int port, MilkVariant variant) {
        return of(directory, stream, port, variant, false);
    }

    static Transmitter of(
            ImageDirectory directory,
            String stream,
            int port,
            MilkVariant variant,
            boolean polling) {
        var settings =
                TransmitSettings.of(stream, "127.0.0.1", port)
                        .with(TransmitSettings.WIRE, Wire.valueOf(variant.name()))
                        .with(TransmitSettings.POLLING, polling);
        return new Transmitter(settings, new Unheard(), LoopContext.of(directory));
    }

    static void awaitConnections(RunningLoop loop, long connections) {
        Await.until(
                SOON,
                connections + " connections, at " + loop.traffic(),
                () -> loop.count("connections") >= connections);
    }

    private record Unheard() implements Transmitter.Watcher {
        @Override
        public void connected(String peer) {}

        @Override
        public void waiting(String reason) {}
    }
}
