package org.shmimtcp.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.loop.LoopRunner;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.ProcessSettings;
import org.shmimtcp.subscribe.SubscribeSettings;
import org.shmimtcp.subscribe.Subscriber;
import org.shmimtcp.subscribe.Subscription;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
            "Each frame is requested when the one before has arrived, so the server decides on the"
                    + " rate, and the newest frame comes. A request is repeated after 1 s without an"
                    + " answer. A lost server is tried again for ever.",
            "",
            "The copy is an image without keywords. One of that name that fits (same size and type)"
                    + " is written into; another is replaced when a whole frame has arrived. Raw and"
                    + " compressed frames (xrif) are taken. Rates are printed every 10 s, and on"
                    + " SIGUSR1."
        },
        footer = {
            "",
            "Examples:",
            "  shmim subscribe rtc camwfs camtip",
            "  shmim subscribe -p 9000 rtc camwfs/camwfs_remote --on-loss zero:5"
        })
final class SubscribeCommand implements Callable<Integer>, SettingOptions.User {
    private static final int DEFAULT_PORT = 5556;
    private static final String PROGRAM = "shmimTCP subscribe";

    private final Context context;
    private final SettingOptions options;

    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "HOST", description = "Name or address of the server.")
    private String host = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "NAME[/LOCAL]",
            description = "Streams of the server, each with another name here if one is given.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "-p",
            paramLabel = "PORT",
            description = "TCP port of the server. Default: ${DEFAULT-VALUE}.")
    private int port = DEFAULT_PORT;

    @Option(
            names = "--on-loss",
            paramLabel = "WHAT",
            description =
                    "What to publish when the server is gone: hold (default) leaves the last frame,"
                            + " zero[:SECONDS] publishes zeros after that time.")
    private String onLoss = "hold";

    @Option(
            names = "--counter",
            paramLabel = "WHOSE",
            description =
                    "cnt0 of the copy: own (default) counts what is published here, source takes"
                            + " over the source's.")
    private ReceiveSettings.CounterOf counter = ReceiveSettings.CounterOf.OWN;

    SubscribeCommand(Context context) {
        this.context = context;
        this.options = new SettingOptions(context, List.of(LinkSettings.PROCINFO));
    }

    @Override
    public SettingOptions settingOptions() {
        return options;
    }

    @Override
    public Integer call() throws IOException {
        ProcessSettings process = options.fill(ProcessSettings.DEFAULT);
        List<Subscription> all = subscriptions();
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
        if (port < 1 || port > LinkSettings.MAX_PORT) {
            throw wrong("-p " + port + ": must be 1 to " + LinkSettings.MAX_PORT);
        }
        SubscribeSettings settings =
                new SubscribeSettings(
                        context.directory(),
                        host,
                        port,
                        onLoss(),
                        counter == ReceiveSettings.CounterOf.SOURCE);
        List<Subscription> all = new ArrayList<>();
        Set<String> locals = new HashSet<>();
        for (String text : names) {
            int slash = text.indexOf('/');
            String name = checked(slash < 0 ? text : text.substring(0, slash));
            String local = slash < 0 ? name : checked(text.substring(slash + 1));
            if (!locals.add(local)) {
                throw wrong("two streams would be '" + local + "' here: name one NAME/LOCAL");
            }
            all.add(new Subscription(settings, name, local));
        }
        return all;
    }

    private String checked(String name) {
        try {
            return StreamName.check(name);
        } catch (ImageException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private OnLoss onLoss() {
        try {
            return OnLoss.parse(onLoss);
        } catch (IllegalArgumentException e) {
            throw wrong("--on-loss " + e.getMessage());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
