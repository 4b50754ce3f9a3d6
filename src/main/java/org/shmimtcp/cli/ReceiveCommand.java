package org.shmimtcp.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.loop.LoopRunner;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.receive.Receiver;
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
            "  SHMIMTCP_CPUSET   CPUs for the loop, like 2,4-7",
            "",
            "Example:",
            "  shmimTCPreceive 8886"
        })
final class ReceiveCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli's
    private LoopOptions loop;

    @Parameters(paramLabel = "PORT", description = "TCP port to listen on.")
    private int port;

    @Option(
            names = "--bind",
            paramLabel = "ADDR",
            description = "Listen on this address of this machine only. Default: all.")
    private String bind = "0.0.0.0";

    @Option(
            names = "--name",
            paramLabel = "LOCAL",
            description = "Store under this name instead of the transmitter's.")
    private @Nullable String name;

    @Option(names = "--once", description = "End with the first transmitter.")
    private boolean once;

    @Option(
            names = "--wire",
            paramLabel = "VARIANT",
            description =
                    "milk0 for transmitters from before 2022, which send no keywords; auto (default)"
                            + " tells all others apart.")
    private Wire wire = Wire.AUTO;

    @Option(
            names = "--max-size",
            paramLabel = "MB",
            description = "Refuse streams larger than this. Default: ${DEFAULT-VALUE}.")
    private int maxMegabytes = 1024;

    /** What a receiver can be told about its transmitters. */
    enum Wire {
        AUTO,
        MILK0
    }

    ReceiveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        RealTimeSettings realTime = loop.realTime();
        if (maxMegabytes < 1) {
            throw loop.wrong("--max-size " + maxMegabytes + ": must be 1 or more");
        }
        Receiver receiver = listen(new InetSocketAddress(address(), loop.checkPort(port)));
        LoopRunner.run(receiver, "receive-" + port, realTime);
        return 0;
    }

    private InetAddress address() {
        try {
            return InetAddress.getByName(bind);
        } catch (UnknownHostException e) {
            throw new UserError("--bind " + bind + ": unknown address", e);
        }
    }

    private Receiver listen(InetSocketAddress at) {
        String local = name == null ? null : StreamName.check(name);
        try {
            return new Receiver(
                    new Receiver.Settings(
                            at,
                            context.directory(),
                            local,
                            wire == Wire.MILK0,
                            once,
                            maxMegabytes * 1_000_000L));
        } catch (IOException e) {
            throw new UserError(
                    "cannot listen on port " + port + " of " + bind + ": " + e.getMessage(), e);
        }
    }
}
