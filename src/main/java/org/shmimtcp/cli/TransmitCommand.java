package org.shmimtcp.cli;

import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.bridge.Announcement;
import org.shmimtcp.bridge.Tmux;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.log.LogFormat;
import org.shmimtcp.loop.LoopRunner;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.loop.Steps;
import org.shmimtcp.loop.Wakefulness;
import org.shmimtcp.transmit.Transmitter;
import org.shmimtcp.transmit.Wire;
import org.shmimtcp.transport.Endpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmimTCPtransmit}. */
@Command(
        name = "shmimTCPtransmit",
        mixinStandardHelpOptions = true,
        description = {
            "Sends each new frame of a stream of this machine to a shmimTCPreceive on another.",
            "",
            "It starts itself in the tmux session sTCPtx-<host>-<stream>, in the place of the one that"
                    + " sends this stream to this address and port already, and returns once that is connected or says what it waits for."
                    + " It keeps trying until the receiver is there, and connects again when either"
                    + " end was gone. The first frame sent is the one that is in the stream."
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
            "  SHMIMTCP_WIRE     default of --wire",
            "",
            "Example:",
            "  shmimTCPtransmit acc000 192.168.2.2 8886"
        })
final class TransmitCommand implements Callable<Integer> {
    private static final double MAX_FPS = 1e6;

    private final Context context;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private LoopOptions loop;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private CpuLatencyOption cpuLatency;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private TlsOptions tls;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private ProcessInfoOption processInfo;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private StepsOption steps;

    @Parameters(
            index = "0",
            paramLabel = "STREAM",
            converter = StreamNameConverter.class,
            description = "Name of the stream.")
    private String stream = "";

    @Parameters(index = "1", paramLabel = "IP", description = "Address or name of the receiver.")
    private String host = "";

    @Parameters(index = "2", paramLabel = "PORT", description = "TCP port of the receiver.")
    private int port;

    @Option(
            names = "-c",
            description = "Look at the stream's counter instead of waiting on a semaphore.")
    private boolean polling;

    @Option(
            names = "-k",
            description =
                    "Only end the transmitter of this stream to this address and port that runs in"
                            + " tmux.")
    private boolean kill;

    @Option(
            names = "--session",
            paramLabel = "NAME",
            description = "Name of the tmux session. Default: sTCPtx-<host>-<stream>.")
    private @Nullable String session;

    @Option(
            names = "--foreground",
            description = "Stay here instead of in tmux, until it is interrupted.")
    private boolean foreground;

    @Option(
            names = "--wire",
            paramLabel = "VARIANT",
            description =
                    "auto (our own protocol if the receiver answers, else milk1; default), native"
                            + " (our own only), milk1 (C programs of 2022 to 2024), milk2 (newer C"
                            + " programs), milk3 (those of a development branch of 2026).")
    private @Nullable String wire;

    @Option(
            names = "--every",
            description =
                    "Send each frame, as far as the history of a circular stream or of a ring goes,"
                            + " instead of the newest.")
    private boolean every;

    @Option(
            names = "--fps",
            paramLabel = "N",
            description = "Send at most N frames a second: the newest at each time.")
    private @Nullable Double fps;

    @Option(names = "--announce", hidden = true)
    private @Nullable Path announce;

    TransmitCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        RealTimeSettings realTime = loop.realTime();
        Endpoint to = new Endpoint(host, loop.checkPort(port));
        Wire chosen = wire();
        checkFps();
        processInfo.in(context.directory()); // a slip is said here, not in tmux
        Wakefulness wakefulness = cpuLatency.wakefulness();
        TransmitSession inTmux =
                new TransmitSession(stream, host, port, session, spec.commandLine().getOut());
        if (kill) {
            return inTmux.end() ? 0 : Failures.FAILED;
        }
        Steps noted = steps.steps();
        Transmitter transmitter =
                new Transmitter(
                        Transmitter.Settings.of(context.directory(), stream, to)
                                .withWire(chosen)
                                .withPolling(polling)
                                .withWaiting(wakefulness.waiting(loop.waiting()))
                                .withEvery(every)
                                .withMaxFramesPerSecond(fps == null ? 0 : fps)
                                .withTls(tls.load())
                                .withSteps(noted),
                        watcher());
        checkHost(to);
        try {
            transmitter.check(); // before anything is set up, or said
            if (!foreground) {
                if (Tmux.isInstalled()) {
                    return inTmux.start(arguments(chosen));
                }
                spec.commandLine()
                        .getErr()
                        .println("there is no tmux here: staying in the foreground");
            }
            Observer awake = wakefulness.watching(() -> transmitter.glance().traffic().out());
            Observer status =
                    processInfo.observer(
                            context.directory(),
                            transmitter,
                            "shmimTCPtransmit",
                            realTime.priority());
            LoopRunner.run(
                    transmitter,
                    "transmit-" + stream,
                    realTime,
                    Observer.both(awake, steps.observer(noted, status)));
        } catch (ImageException e) {
            announce("failed " + e.getMessage());
            throw e;
        }
        return 0;
    }

    private void checkFps() {
        if (fps != null && !(fps > 0 && fps <= MAX_FPS)) {
            throw loop.wrong("--fps " + fps + ": must be more than 0, up to " + MAX_FPS);
        }
    }

    private Wire wire() {
        String name = wire != null ? wire : System.getenv().getOrDefault("SHMIMTCP_WIRE", "auto");
        return Arrays.stream(Wire.values())
                .filter(w -> w.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() ->
                        loop.wrong(
                                "--wire "
                                        + name
                                        + ": must be auto, native, milk1, milk2 or milk3"));
    }

    /** A name that cannot be found now is a slip of the keyboard; later it may be the network. */
    private static void checkHost(Endpoint to) {
        try {
            to.resolve();
        } catch (UnknownHostException e) {
            throw new UserError("unknown host '" + to.host() + "': check the address", e);
        }
    }

    private List<String> arguments(Wire chosen) {
        var arguments = new ArrayList<String>();
        if (polling) {
            arguments.add("-c");
        }
        arguments.add("-p");
        arguments.add(Integer.toString(loop.priority()));
        arguments.add("--wait");
        arguments.add(loop.waiting().optionName());
        arguments.add("--cpu-latency");
        arguments.add(cpuLatency.value());
        arguments.add("--wire");
        arguments.add(chosen.name().toLowerCase(Locale.ROOT));
        if (every) {
            arguments.add("--every");
        }
        if (fps != null) {
            arguments.add("--fps");
            arguments.add(Double.toString(fps));
        }
        if (LogFormat.current() == LogFormat.JSON) {
            arguments.add("--log-format=json");
        }
        arguments.add("--procinfo");
        arguments.add(processInfo.value());
        arguments.addAll(steps.arguments());
        arguments.addAll(tls.arguments());
        arguments.add(stream);
        arguments.add(host);
        arguments.add(Integer.toString(port));
        return arguments;
    }

    private Transmitter.Watcher watcher() {
        return new Transmitter.Watcher() {
            @Override
            public void connected(String peer) {
                announce("connected " + peer);
            }

            @Override
            public void waiting(String reason) {
                announce("waiting " + reason);
            }
        };
    }

    private void announce(String line) {
        if (announce != null) {
            Announcement.make(announce, line);
            announce = null; // the first says it
        }
    }
}
