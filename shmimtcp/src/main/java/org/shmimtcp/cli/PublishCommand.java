package org.shmimtcp.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.posix.Background;
import org.shmimtcp.posix.Errno;
import org.shmimtcp.process.LoopRunner;
import org.shmimtcp.process.UserError;
import org.shmimtcp.publish.PublishOptions;
import org.shmimtcp.publish.PublishSettings;
import org.shmimtcp.publish.Publisher;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.status.StatusFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim publish}. */
@Command(
        name = "publish",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes streams for viewers elsewhere: rtimv, milkzmqClient, shmim on another"
                    + " machine.",
            "",
            "Each client gets the newest complete frame of the stream that it requests, at most at"
                    + " the rate of --fps. A slow client does not slow down the others. A new"
                    + " client gets the current frame immediately, even if the stream does not"
                    + " change. Re-created and resized streams are followed, and a missing stream"
                    + " is published when it appears.",
            "",
            "Types 1 to 10 of ImageStreamIO are published: integers and real floats. For a cube,"
                    + " the slice written last is sent; a 1D stream is sent as n x 1. Keywords"
                    + " are not sent. The protocol is that of milkzmq (ZeroMQ): any host that"
                    + " reaches the port can request streams, and nothing is encrypted.",
            "",
            "Streams are only read, and no semaphore is used. The process has a lower priority"
                    + " than the links and stays off their CPUs ($SHMIMTCP_CPUSET). Rates are"
                    + " printed every 10 s, and on SIGUSR1; 'shmim status' shows the clients."
        },
        footer = {
            "",
            "Environment:",
            "  MILK_SHM_DIR      directory of the streams",
            "  SHMIMTCP_CPUSET   CPUs of the links, which this process avoids",
            "",
            "Examples:",
            "  shmim publish 'cam*' dm01disp",
            "  shmim publish -a -x --fps 0.5 -p 9000",
            "  shmim publish --allow 192.168.2.0/24 camwfs"
        })
final class PublishCommand implements Callable<Integer>, SettingOptions.User {
    private static final Logger LOG = LoggerFactory.getLogger(PublishCommand.class);

    private final Context context;
    private final SettingOptions options;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "Names of streams, or patterns such as 'cam*' (quote them); -a for all.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "-a",
            description = "Publish every stream of the directory, including later ones.")
    private boolean all;

    @Mixin private UntilStdinEnds untilStdinEnds = new UntilStdinEnds();

    PublishCommand(Context context) {
        this.context = context;
        this.options = new SettingOptions(context, PublishOptions.DEFAULT.all());
    }

    @Override
    public SettingOptions settingOptions() {
        return options;
    }

    @Override
    public Integer call() throws IOException {
        PublishSettings settings = settings();
        RealTimeSettings links = PriorityOption.realTime(0);
        int errno = Background.enter(links.cpus());
        if (errno != 0) {
            LOG.warn("cannot lower this process's priority: {}", Errno.message(errno));
        }
        Publisher publisher = listen(settings);
        untilStdinEnds.watch();
        LOG.info(
                "publishing {} of {} on port {}",
                all ? "all streams" : String.join(", ", names),
                settings.directory().path(),
                publisher.port());
        LoopRunner.run(
                publisher,
                "publish",
                new RealTimeSettings(0, new BitSet()),
                new StatusFile(settings.directory(), publisher));
        return 0;
    }

    private Publisher listen(PublishSettings settings) {
        try {
            return new Publisher(settings);
        } catch (IOException e) {
            throw new UserError(
                    "cannot listen on port "
                            + settings.port()
                            + " of "
                            + (settings.bind() == null ? "this machine" : settings.bind())
                            + ": "
                            + e.getMessage(),
                    e);
        }
    }

    private PublishSettings settings() {
        if (all == !names.isEmpty()) {
            throw wrong(
                    all
                            ? "-a selects all streams: do not name any"
                            : "name streams, or -a for all");
        }
        return options.fill(PublishOptions.DEFAULT).settings(context.directory(), patterns());
    }

    private NamePatterns patterns() {
        try {
            return NamePatterns.of(names);
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
