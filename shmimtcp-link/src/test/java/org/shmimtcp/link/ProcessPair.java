package org.shmimtcp.link;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NetLab;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;

/** A receiver, and a transmitter of stream x, as processes: ours, or the C programs' likeness. */
record ProcessPair(
        Kind kind, Path sources, Path copies, int port, List<String> there, List<String> here) {
    static final Duration START = Duration.ofSeconds(20);

    enum Kind {
        OURS,
        /** What the field has now, for comparison: only in full, and only to be measured. */
        C;

        boolean isOurs() {
            return this == OURS;
        }
    }

    /** Both on this machine; skips the calling test where this kind is not wanted. */
    static ProcessPair of(Kind kind, Path sources, Path copies) {
        return of(kind, sources, copies, Programs.freePort());
    }

    private static ProcessPair of(Kind kind, Path sources, Path copies, int port) {
        assumeTrue(kind.isOurs() || Full.isOn(), "the C programs are measured with -Dfull");
        return new ProcessPair(kind, sources, copies, port, List.of(), List.of());
    }

    /** Each on a machine of its own. */
    static ProcessPair of(Kind kind, Path sources, Path copies, NetLab lab) {
        ProcessPair alone = of(kind, sources, copies, 8886);
        return new ProcessPair(kind, sources, copies, alone.port, lab.onReceiver(), lab.onSender());
    }

    /** A figure's first word. */
    String label() {
        return kind.isOurs() ? "ours" : "C peer";
    }

    /** Starts a receiver; returns when it listens. */
    ChildProcess receiver(String... options) {
        if (kind.isOurs()) {
            return new Programs(copies).behind(there).receive(port, options);
        }
        return cReceiver();
    }

    /** Starts the C programs' receiver, whatever this pair is. */
    ChildProcess cReceiver() {
        ChildProcess receiver =
                Peer.startBehind(there, copies, "rx", Integer.toString(port), "milk1");
        Await.until(START, "its port open: " + receiver, () -> isListening(receiver));
        return receiver;
    }

    private boolean isListening(ChildProcess process) {
        String entry = String.format(Locale.ROOT, ":%04X 00000000:0000 0A ", port);
        try {
            return Files.readString(Path.of("/proc", "" + process.pid(), "net/tcp"))
                    .contains(entry);
        } catch (IOException e) {
            throw new UncheckedIOException(process.report(), e);
        }
    }

    /** Starts a transmitter to it. */
    ChildProcess transmitter() {
        return transmitter(here.isEmpty() ? "127.0.0.1" : NetLab.RECEIVER_IP, port);
    }

    /** Starts a transmitter to somewhere else. */
    ChildProcess transmitter(String host, int toPort) {
        return kind.isOurs()
                ? new Programs(sources, Map.of()).behind(here).transmitTo(host, "x", toPort)
                : Peer.startBehind(here, sources, "tx", "x", host, "" + toPort, "milk1");
    }

    /** Starts the C programs' transmitter, whatever this pair is. */
    ChildProcess cTransmitter() {
        String host = here.isEmpty() ? "127.0.0.1" : NetLab.RECEIVER_IP;
        return Peer.startBehind(here, sources, "tx", "x", host, "" + port, "milk1");
    }

    /** Starts a writer of numbered frames into stream x, for as long as the test takes. */
    ChildProcess writer(double ratePerSecond) {
        return Peer.start(sources, "write", "x", "100000000000", Double.toString(ratePerSecond));
    }
}
