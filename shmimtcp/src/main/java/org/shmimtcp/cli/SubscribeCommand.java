package org.shmimtcp.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.ProcessSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.subscribe.NamedCopy;
import org.shmimtcp.subscribe.SubscribeOptions;
import org.shmimtcp.subscribe.SubscribeSettings;
import org.shmimtcp.subscribe.Subscriber;
import org.shmimtcp.subscribe.Subscription;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim subscribe}. */
@Command(
        name = "subscribe",
        mixinStandardHelpOptions = true,
        description = {
            "Copies streams from a server of milkzmq or shmim publish, until interrupted.",
            "",
            "Each frame is requested when the previous one has arrived, so the server determines"
                    + " the rate, and the newest frame is sent. A request is repeated after 1 s"
                    + " without an answer. A lost server is retried indefinitely.",
            "",
            "The copy is an image without keywords. An existing stream of the same size and type"
                    + " is reused; any other is replaced once a complete frame has arrived. Raw"
                    + " and compressed frames (xrif) are taken. Rates are printed every 10 s, and"
                    + " on SIGUSR1."
        },
        footer = {
            "",
            "Examples:",
            "  shmim subscribe rtc camwfs camtip",
            "  shmim subscribe -p 9000 rtc camwfs/camwfs_remote --on-loss zero:5"
        })
final class SubscribeCommand implements Callable<Integer>, SettingOptions.User {
    private static final String PROGRAM = "shmimTCP subscribe";

    private static final List<Setting<?>> SETTINGS =
            Stream.concat(SubscribeOptions.DEFAULT.all().stream(), Stream.of(LinkSettings.PROCINFO))
                    .toList();

    private final Context context;
    private final SettingOptions options;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "HOST", description = "Name or address of the server.")
    private String host = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "NAME[/LOCAL]",
            description = "Streams of the server; LOCAL is the stream's name on this machine.")
    private List<String> names = new ArrayList<>();

    @Mixin private UntilStdinEnds untilStdinEnds = new UntilStdinEnds();

    SubscribeCommand(Context context) {
        this.context = context;
        this.options = new SettingOptions(context, SETTINGS);
    }

    @Override
    public SettingOptions settingOptions() {
        return options;
    }

    @Override
    public Integer call() throws IOException {
        ProcessSettings process = options.fill(ProcessSettings.DEFAULT);
        List<Subscription> all = subscriptions();
        untilStdinEnds.watch();
        Observer observer = Observer.NONE;
        for (Subscription one : all) {
            observer =
                    Observer.both(
                            observer,
                            LinkObservers.of(process, context.directory(), one, PROGRAM, 0));
        }
        LoopRunner.run(
                new Subscriber(all), "subscribe", new RealTimeSettings(0, new BitSet()), observer);
        return 0;
    }

    private List<Subscription> subscriptions() {
        SubscribeSettings settings =
                options.fill(SubscribeOptions.DEFAULT).settings(context.directory(), host);
        try {
            return Subscription.all(settings, NamedCopy.parse(names));
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
