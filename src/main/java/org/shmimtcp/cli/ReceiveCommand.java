package org.shmimtcp.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.loop.LoopRunner;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.loop.Steps;
import org.shmimtcp.loop.Wakefulness;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.receive.Wire;
import org.shmimtcp.transport.Listener;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code shmimTCPreceive}. */
@Command(
        name = "shmimTCPreceive",
        mixinStandardHelpOptions = true,
        description = {
            "Listens on a TCP port and publishes the frames of whoever transmits there into a stream"
                    + " of this machine, one transmitter after the other, until it is interrupted.",
            "",
            "The stream gets the name that the transmitter says. One of that name that fits (same"
                    + " size and type) is written into; another is replaced. Rates are printed every"
                    + " 10 s, and on SIGUSR1."
        },
        footer = {
            "",
            "Environment:",
            "  MILK_SHM_DIR      directory of the streams",
            "  MILK_PROC_DIR     directory of milk's process information; else that of the streams",
            "  SHMIMTCP_CPUSET   CPUs for the loop, like 2,4-7",
            "  SHMIMTCP_CPU_LATENCY",
            "                    default of --cpu-latency",
            "  SHMIMTCP_PROCINFO default of --procinfo",
            "",
            "Example:",
            "  shmimTCPreceive 8886"
        })
final class ReceiveCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private LoopOptions loop;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private CpuLatencyOption cpuLatency;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private StrangerOptions strangers;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private TlsOptions tls;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private ProcessInfoOption processInfo;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private StepsOption steps;

    @Parameters(paramLabel = "PORT", description = "TCP port to listen on.")
    private int port;

    @Option(
            names = "--bind",
            paramLabel = "ADDR",
            description =
                    "Listen on this address of this machine only. Default: all, of IPv4 and IPv6.")
    private @Nullable String bind;

    @Option(
            names = "--name",
            paramLabel = "LOCAL",
            converter = StreamNameConverter.class,
            description = "Store under this name instead of the transmitter's.")
    private @Nullable String name;

    @Option(
            names = "--on-loss",
            paramLabel = "WHAT",
            description =
                    "What becomes of the stream when its transmitter is gone: hold (default) leaves"
                            + " the last frame, zero[:SECONDS] publishes zeros after that time.")
    private String onLoss = "hold";

    @Option(
            names = "--counter",
            paramLabel = "WHOSE",
            description =
                    "cnt0 of the stream: own (default) counts what is published here, source takes"
                            + " over the source's (our own protocol only).")
    private CounterOf counter = CounterOf.OWN;

    @Option(
            names = "--status-keywords",
            description =
                    "Keep the state of the link in keyword slots of the stream that its source leaves"
                            + " free: SRCHOST, LINKUP, AGEUS, SKIPPED.")
    private boolean statusKeywords;

    enum CounterOf {
        OWN,
        SOURCE
    }

    @Option(names = "--once", description = "End with the first transmitter.")
    private boolean once;

    @Option(
            names = "--wire",
            paramLabel = "VARIANT",
            description =
                    "What to accept: auto (our own protocol, and the byte stream of C programs;"
                            + " default), native (our own only), milk (the C programs' only), milk1,"
                            + " milk2 or milk3 (that of 2022 to 2024, of newer ones, or of a"
                            + " development branch of 2026 only), milk0 (C programs from before"
                            + " 2022, which send no keywords).")
    private Wire wire = Wire.AUTO;

    ReceiveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        RealTimeSettings realTime = loop.realTime();
        processInfo.in(context.directory()); // a slip is said before anything is set up
        Wakefulness wakefulness = cpuLatency.wakefulness();
        Steps noted = steps.steps();
        Receiver receiver = listen(new InetSocketAddress(address(), loop.checkPort(port)), noted);
        Observer awake = wakefulness.watching(() -> receiver.glance().traffic().out());
        Observer status =
                processInfo.observer(
                        context.directory(), receiver, "shmimTCPreceive", realTime.priority());
        LoopRunner.run(
                receiver,
                "receive-" + port,
                realTime,
                Observer.both(awake, steps.observer(noted, status)));
        return 0;
    }

    private OnLoss onLoss() {
        try {
            return OnLoss.parse(onLoss);
        } catch (IllegalArgumentException e) {
            throw loop.wrong("--on-loss " + e.getMessage());
        }
    }

    private InetAddress address() {
        if (bind == null) {
            return Listener.ALL_ADDRESSES;
        }
        try {
            return InetAddress.getByName(bind);
        } catch (UnknownHostException e) {
            throw new UserError("--bind " + bind + ": unknown address", e);
        }
    }

    private Receiver.Settings settings(InetSocketAddress at) {
        String local = name == null ? null : StreamName.check(name);
        Receiver.Settings settings =
                Receiver.Settings.of(at, context.directory())
                        .withWire(wire)
                        .withOnce(once)
                        .withWaiting(loop.waiting())
                        .withOnLoss(onLoss())
                        .withSameCounter(counter == CounterOf.SOURCE)
                        .withStatusKeywords(statusKeywords)
                        .withRules(strangers.rules(tls.load()));
        try {
            return settings.withLocalName(local);
        } catch (IllegalArgumentException e) {
            throw loop.wrong("--name: " + e.getMessage());
        }
    }

    private Receiver listen(InetSocketAddress at, Steps noted) {
        Receiver.Settings settings = settings(at).withSteps(noted);
        try {
            return new Receiver(settings);
        } catch (IOException e) {
            throw new UserError(
                    "cannot listen on port "
                            + port
                            + " of "
                            + (bind == null ? "this machine" : bind)
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }
}
