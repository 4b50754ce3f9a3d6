package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.log.LogFormat;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.process.UserError;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.receive.WantedStream;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.tmux.Announcement;
import org.shmimtcp.tmux.Tmux;
import org.shmimtcp.want.CopyUsers;
import org.shmimtcp.want.Want;
import org.shmimtcp.want.WantSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code shmim want}. */
@Command(
        name = "want",
        mixinStandardHelpOptions = true,
        description = {
            "Keeps a copy of a stream that another host of the site offers, by its name alone.",
            "",
            "The hosts are those of the site's file, with [offer] in it; each must run 'shmim"
                    + " serve', and $MAGAOX_ROLE must be set here. If two hosts offer the stream,"
                    + " say which one: HOST:NAME. 'shmim ls --all' lists what is offered.",
            "",
            "It runs in the tmux session sTCPwant-<host>-<copy>, and replaces one that already"
                    + " keeps this copy. The command returns once the stream is being sent, or"
                    + " reports what it waits for: it retries until a host offers the stream, and"
                    + " follows the stream when it is re-created. 'shmim status' shows it as a"
                    + " receiver, 'shmim restart' reconnects it, and 'shmim unwant' ends it.",
            "",
            "Frames are received while some process here has the copy open. Thirty seconds after the"
                    + " last one has closed it they stop, and the copy stays; a program that opens"
                    + " it has new frames within a second. With --keep they never stop.",
            "",
            "An existing stream of the copy's name is reused if it has the same size and type, and"
                    + " replaced otherwise. One that another process or a link here writes is"
                    + " refused. Nobody can write into the copy from another machine."
        },
        footer = {
            "",
            "Examples:",
            "  shmim want camwfs",
            "  shmim want ICC:camtip --as camtip_icc",
            "  shmim want camsci1 --fps 10 --compress lz4"
        })
final class WantCommand implements Callable<Integer>, SettingOptions.User {
    private static final String PROGRAM = "shmimTCP want";

    private final Context context;
    private final SettingOptions options;

    @Spec private CommandSpec spec;

    @Option(names = "--foreground", description = "Run here instead of in tmux, until interrupted.")
    private boolean foreground;

    @Option(names = "--announce", hidden = true)
    private @Nullable Path announce;

    WantCommand(Context context) {
        this.context = context;
        this.options = new SettingOptions(context, WantSettings.DEFAULT.all());
    }

    @Override
    public SettingOptions settingOptions() {
        return options;
    }

    @Override
    public Integer call() throws IOException {
        WantSettings settings = options.fill(WantSettings.DEFAULT);
        Site site = SiteFile.read(System.getenv());
        Want want = want(site, settings);
        site.checkCopy(want.copy(), here(site));
        if (!foreground) {
            checkHost(want); // the program in tmux tells the rest
            if (Tmux.isInstalled()) {
                var inTmux = new WantInTmux(want.copy(), context, spec.commandLine().getOut());
                if (!inTmux.isRunning()) {
                    want.checkPlace(context.directory());
                }
                return inTmux.start(arguments(settings));
            }
            spec.commandLine().getErr().println("tmux is not installed: running in the foreground");
        }
        want.checkPlace(context.directory());
        run(want, settings);
        return 0;
    }

    private static Want want(Site site, WantSettings settings) {
        try {
            return site.want(settings, here(site));
        } catch (IllegalArgumentException e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        }
    }

    private static Host here(Site site) {
        return site.host(System.getenv(Environment.ROLE.variable()));
    }

    private static void checkHost(Want want) {
        try {
            var _ = want.findHost();
        } catch (IllegalArgumentException e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        }
    }

    private void run(Want want, WantSettings settings) {
        CpuSleepGuard sleepGuard =
                new CpuSleepGuard(CpuSleepGuard.parse(settings.get(LinkSettings.CPU_LATENCY)));
        TraceFile trace = new TraceFile(settings.find(LinkSettings.STEPS));
        var status = new AtomicReference<>(Observer.NONE);
        Receiver receiver =
                want.receiver(
                        new CopyUsers(),
                        watcher(status),
                        LoopContext.of(context.directory()).withTrace(trace.trace()));
        Observer awake = sleepGuard.watching(() -> receiver.glance().traffic().out());
        status.set(LinkObservers.of(settings, context.directory(), receiver, PROGRAM));
        LoopRunner.run(
                receiver,
                "want-" + want.copy(),
                settings.realTime(),
                Observer.both(awake, trace.observer(status.get())));
    }

    private static List<String> arguments(WantSettings settings) {
        List<String> arguments = new ArrayList<>();
        arguments.add("--log-format=" + Setting.word(LogFormat.current()));
        arguments.addAll(settings.withAbsoluteFiles().arguments());
        return arguments;
    }

    private WantedStream.Watcher watcher(AtomicReference<Observer> status) {
        return new WantedStream.Watcher() {
            @Override
            public void connected(String peer) {
                status.get().refresh();
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
