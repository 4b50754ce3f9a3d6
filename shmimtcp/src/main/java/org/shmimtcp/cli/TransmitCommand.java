package org.shmimtcp.cli;

import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.log.LogFormat;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.process.UserError;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.tmux.Announcement;
import org.shmimtcp.tmux.Tmux;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transmit.Transmitter;
import org.shmimtcp.transport.Endpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code shmimTCPtransmit}. */
@Command(
        name = "shmimTCPtransmit",
        mixinStandardHelpOptions = true,
        description = {
            "Sends each new frame of a stream of this machine to a shmimTCPreceive on another.",
            "",
            "It runs in the tmux session sTCPtx-<host>-<stream>, and replaces a transmitter that"
                    + " already sends this stream to this address and port. The command returns once"
                    + " the transmitter is connected, or reports what it waits for. It retries until"
                    + " the receiver answers, and reconnects after either end was restarted. The first"
                    + " frame sent is the stream's current one."
        },
        footer = {"", "Example:", "  shmimTCPtransmit acc000 192.168.2.2 8886"})
final class TransmitCommand implements Callable<Integer>, SettingOptions.User {
    private final Context context;
    private final SettingOptions options;

    @Spec private CommandSpec spec;

    @Option(
            names = "-k",
            description =
                    "Stop the transmitter of this stream to this address and port that runs in"
                            + " tmux, and exit.")
    private boolean kill;

    @Option(
            names = "--session",
            paramLabel = "NAME",
            description = "Name of the tmux session. Default: sTCPtx-<host>-<stream>.")
    private @Nullable String session;

    @Option(names = "--foreground", description = "Run here instead of in tmux, until interrupted.")
    private boolean foreground;

    @Option(names = "--announce", hidden = true)
    private @Nullable Path announce;

    TransmitCommand(Context context) {
        this.context = context;
        this.options = new SettingOptions(context, TransmitSettings.DEFAULT.all());
    }

    @Override
    public SettingOptions settingOptions() {
        return options;
    }

    @Override
    public Integer call() throws IOException {
        TransmitSettings settings = options.fill(TransmitSettings.DEFAULT);
        TransmitInTmux inTmux = new TransmitInTmux(settings, session, spec.commandLine().getOut());
        if (kill) {
            return inTmux.end() ? 0 : Failures.FAILED;
        }
        CpuSleepGuard sleepGuard =
                new CpuSleepGuard(CpuSleepGuard.parse(settings.get(LinkSettings.CPU_LATENCY)));
        TraceFile trace = new TraceFile(settings.find(LinkSettings.STEPS));
        Transmitter transmitter =
                new Transmitter(
                        settings,
                        watcher(),
                        LoopContext.of(context.directory())
                                .withWaiting(sleepGuard::waiting)
                                .withTrace(trace.trace()));
        checkHost(settings.to());
        try {
            transmitter.check(); // before anything is started or printed
            if (!foreground) {
                if (Tmux.isInstalled()) {
                    return inTmux.start(arguments(settings));
                }
                spec.commandLine()
                        .getErr()
                        .println("tmux is not installed: running in the foreground");
            }
            Observer awake = sleepGuard.watching(() -> transmitter.glance().traffic().out());
            Observer status =
                    LinkObservers.of(
                            settings, context.directory(), transmitter, "shmimTCPtransmit");
            LoopRunner.run(
                    transmitter,
                    "transmit-" + settings.get(TransmitSettings.STREAM),
                    settings.realTime(),
                    Observer.both(awake, trace.observer(status)));
        } catch (ImageException e) {
            announce("failed " + e.getMessage());
            throw e;
        }
        return 0;
    }

    /**
     * Fails if the host name is unknown now, which is probably a typing error. Later it may be a
     * network fault.
     */
    private static void checkHost(Endpoint to) {
        try {
            to.resolve();
        } catch (UnknownHostException e) {
            throw new UserError("unknown host '" + to.host() + "': check the address", e);
        }
    }

    private static List<String> arguments(TransmitSettings settings) {
        var arguments = new ArrayList<String>();
        arguments.add("--log-format=" + Setting.word(LogFormat.current()));
        arguments.addAll(settings.withAbsoluteFiles().arguments());
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
            announce = null; // only the first state is announced
        }
    }
}
