package org.shmimtcp.cli;

import java.io.IOException;
import java.net.UnknownHostException;
import java.util.concurrent.Callable;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.process.UserError;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.settings.LinkSettings;
import picocli.CommandLine.Command;

/** {@code shmimTCPreceive}. */
@Command(
        name = "shmimTCPreceive",
        mixinStandardHelpOptions = true,
        description = {
            "Listens on a TCP port and publishes the frames that a transmitter sends in a stream"
                    + " of this machine, one transmitter after the other, until interrupted.",
            "",
            "The stream has the name that the transmitter sends. An existing stream of the same"
                    + " size and type is reused; any other is replaced. Rates are printed every 10 s,"
                    + " and on SIGUSR1."
        },
        footer = {"", "Example:", "  shmimTCPreceive 8886"})
final class ReceiveCommand implements Callable<Integer>, SettingOptions.User {
    private final Context context;
    private final SettingOptions options;

    ReceiveCommand(Context context) {
        this.context = context;
        this.options = new SettingOptions(context, ReceiveSettings.DEFAULT.all());
    }

    @Override
    public SettingOptions settingOptions() {
        return options;
    }

    @Override
    public Integer call() throws IOException {
        ReceiveSettings settings = options.fill(ReceiveSettings.DEFAULT);
        CpuSleepGuard sleepGuard =
                new CpuSleepGuard(CpuSleepGuard.parse(settings.get(LinkSettings.CPU_LATENCY)));
        TraceFile trace = new TraceFile(settings.find(LinkSettings.STEPS));
        Receiver receiver = listen(settings, trace);
        Observer awake = sleepGuard.watching(() -> receiver.glance().traffic().out());
        Observer status =
                LinkObservers.of(settings, context.directory(), receiver, "shmimTCPreceive");
        LoopRunner.run(
                receiver,
                "receive-" + settings.get(ReceiveSettings.PORT),
                settings.realTime(),
                Observer.both(awake, trace.observer(status)));
        return 0;
    }

    private Receiver listen(ReceiveSettings settings, TraceFile trace) {
        String bind = settings.find(ReceiveSettings.BIND);
        try {
            return new Receiver(
                    settings, LoopContext.of(context.directory()).withTrace(trace.trace()));
        } catch (UnknownHostException e) {
            throw new UserError(ReceiveSettings.BIND + " " + bind + ": unknown address", e);
        } catch (IOException e) {
            throw new UserError(
                    "cannot listen on port "
                            + settings.get(ReceiveSettings.PORT)
                            + " of "
                            + (bind == null ? "this machine" : bind)
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }
}
