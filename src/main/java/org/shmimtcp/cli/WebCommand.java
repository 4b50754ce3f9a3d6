package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.web.WebServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim web}. */
@Command(
        name = "web",
        mixinStandardHelpOptions = true,
        description = {
            "Shows links and streams of this machine in a browser, and to Prometheus.",
            "",
            "Every link with state, rates and the age of its frames over the last hour; every stream"
                    + " and its live picture. Nothing is written into a stream, no semaphore is"
                    + " taken, and nothing is loaded from other hosts.",
            "",
            "It listens on this machine only (from elsewhere: ssh -L 8899:localhost:8899 HOST),"
                    + " unless another address is given; then browsers need a token: that of"
                    + " --token-file, or else one that is made and printed.",
            "",
            "Metrics are at /metrics, the health of this command at /health, that of the links at"
                    + " /health?links (503 if one is down)."
        },
        footer = {
            "",
            "Examples:",
            "  shmim web",
            "  shmim web 9000",
            "  shmim web 0.0.0.0:8899 --token-file /etc/shmimtcp/web-token"
        })
final class WebCommand implements Callable<Integer> {
    private static final long TICK_NS = 200_000_000;
    private static final int TOKEN_BYTES = 18;
    private static final int MIN_TOKEN_LENGTH = 16;

    private final Context context;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "[ADDR:]PORT",
            description = "Where to listen. Default: 127.0.0.1:" + WebServer.DEFAULT_PORT + ".")
    private String where = Integer.toString(WebServer.DEFAULT_PORT);

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "A file with the token, 16 characters at least, that browsers have to show.")
    private @Nullable Path tokenFile;

    WebCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() throws IOException {
        InetSocketAddress address = parse(where);
        boolean loopback = address.getAddress().isLoopbackAddress();
        String token = tokenFile == null ? null : read(tokenFile);
        boolean made = token == null && !loopback;
        if (made) {
            token = newToken();
        }
        PrintWriter out = spec.commandLine().getOut();
        try (StopRequest stop = new StopRequest();
                WebServer server = WebServer.start(address, context.directory(), token)) {
            String host = loopback ? "localhost" : shownHost(address);
            String query = made ? "/?token=" + token : "/";
            out.println(
                    "streams of "
                            + context.directory().path()
                            + ": http://"
                            + host
                            + ":"
                            + server.port()
                            + query);
            out.flush();
            while (!stop.getAsBoolean()) {
                Backoff.sleep(TICK_NS, stop);
            }
        }
        return 0;
    }

    private InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "127.0.0.1" : text.substring(0, colon);
        host =
                host.startsWith("[") && host.endsWith("]")
                        ? host.substring(1, host.length() - 1)
                        : host;
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port < 0 || port > 65535 || host.isEmpty()) {
                throw wrong(text);
            }
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (NumberFormatException e) {
            throw wrong(text);
        } catch (UnknownHostException e) {
            throw new UserError("no address is known of '" + host + "'", e);
        }
    }

    private ParameterException wrong(String text) {
        return new ParameterException(
                spec.commandLine(),
                "'" + text + "' is no [ADDR:]PORT, like 8899 or 192.168.2.2:8899");
    }

    private static String shownHost(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        if (ip.isAnyLocalAddress()) {
            return HostName.get();
        }
        String text = ip.getHostAddress();
        return text.contains(":") ? "[" + text + "]" : text;
    }

    private static String read(Path file) throws IOException {
        String token = Files.readString(file).strip();
        boolean plain = token.chars().allMatch(c -> c > ' ' && c < 127 && "\",;\\".indexOf(c) < 0);
        if (token.length() < MIN_TOKEN_LENGTH || !plain) {
            throw new UserError(
                    file
                            + " has no token: "
                            + MIN_TOKEN_LENGTH
                            + " characters at least, letters and digits, on one line"
                            + " (make one: openssl rand -hex 16)");
        }
        return token;
    }

    private static String newToken() {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }
}
