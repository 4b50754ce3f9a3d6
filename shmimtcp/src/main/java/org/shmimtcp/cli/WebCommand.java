package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.Background;
import org.shmimtcp.posix.Errno;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.settings.AlertSettings;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.TlsSettings;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.web.WebServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim web}. */
@Command(
        name = "web",
        mixinStandardHelpOptions = true,
        description = {
            "Shows links and streams of this machine in a browser, and to Prometheus.",
            "",
            "It shows every link with its state, rates and frame ages of the last hour, every"
                    + " publisher with its clients, and every stream with its live picture. Streams are"
                    + " only read, no semaphore is used, and nothing is loaded from other hosts.",
            "",
            "By default, only this machine can connect (from elsewhere: ssh -L 8899:localhost:8899"
                    + " HOST). At any other address, browsers need a token: the one of"
                    + " --token-file, or one that is generated and printed. The --tls options"
                    + " switch to https; a client certificate signed by --tls-ca replaces the"
                    + " token.",
            "",
            "Alerts are raised for links that are down, copies without frames, and links that skip"
                    + " more than a hundredth of the frames (--alert-skipped, --alert-stale, or"
                    + " [alerts] in the site's file).",
            "",
            "It has a lower priority than the links, and stays off their CPUs ($SHMIMTCP_CPUSET).",
            "",
            "/metrics has the metrics, /health the health of this command, /health?links that of"
                    + " the links (503 if one is down)."
        },
        footer = {
            "",
            "Examples:",
            "  shmim web",
            "  shmim web 9000",
            "  shmim web 0.0.0.0:8899 --token-file /etc/shmimtcp/web-token",
            "  shmim web 0.0.0.0:8899 --tls-cert rtc.pem --tls-key rtc.key --tls-ca ca.pem"
        })
final class WebCommand implements Callable<Integer>, SettingOptions.User {
    private static final Logger LOG = LoggerFactory.getLogger(WebCommand.class);
    private static final long TICK_NS = 200_000_000;
    private static final int TOKEN_BYTES = 18;

    private static final List<Setting<?>> SETTINGS =
            Stream.concat(TlsSettings.NONE.all().stream(), AlertSettings.DEFAULT.all().stream())
                    .toList();

    private final Context context;
    private final SettingOptions settings;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "[ADDR:]PORT",
            description = "Where to listen. Default: 127.0.0.1:" + WebServer.DEFAULT_PORT + ".")
    private String where = Integer.toString(WebServer.DEFAULT_PORT);

    @Mixin private WebOptions options = new WebOptions();

    @Mixin private UntilStdinEnds untilStdinEnds = new UntilStdinEnds();

    WebCommand(Context context) {
        this.context = context;
        this.settings = new SettingOptions(context, SETTINGS);
    }

    @Override
    public SettingOptions settingOptions() {
        return settings;
    }

    @Override
    public Integer call() throws IOException {
        InetSocketAddress address = options.address(where);
        boolean loopback = address.getAddress().isLoopbackAddress();
        String token = options.token();
        Tls certificates = settings.fill(TlsSettings.NONE).load();
        boolean made = token == null && certificates == null && !loopback;
        if (made) {
            token = newToken();
        }
        giveWay();
        PrintWriter out = spec.commandLine().getOut();
        try (StopRequest stop = new StopRequest();
                SiteWatch others = new SiteWatch(System.getenv(Environment.ROLE.variable()));
                WebServer server =
                        WebServer.start(
                                address,
                                context.directory(),
                                token,
                                certificates,
                                new SiteAlerts(settings::fill),
                                others)) {
            untilStdinEnds.watch();
            String host = loopback ? "localhost" : shownHost(address);
            out.println(
                    "streams of "
                            + context.directory().path()
                            + (certificates == null ? ": http://" : ": https://")
                            + host
                            + ":"
                            + server.port()
                            + (made ? "/?token=" + token : "/"));
            out.flush();
            while (!stop.getAsBoolean()) {
                Backoff.sleep(TICK_NS, stop);
            }
        }
        return 0;
    }

    /**
     * Gives links precedence: this process keeps off their CPUs, and has low priority on the
     * others.
     */
    private static void giveWay() {
        int errno = Background.enter(PriorityOption.realTime(0).cpus());
        if (errno != 0) {
            LOG.warn("cannot lower this process's priority: {}", Errno.message(errno));
        }
    }

    private static String shownHost(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        if (ip.isAnyLocalAddress()) {
            return HostName.get();
        }
        String text = ip.getHostAddress();
        return text.contains(":") ? "[" + text + "]" : text;
    }

    private static String newToken() {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }
}
