package org.shmimtcp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.SmallFile;
import org.shmimtcp.process.UserError;
import org.shmimtcp.settings.TlsSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options for the address of the web page and for access to it. */
final class WebOptions {
    private static final Logger LOG = LoggerFactory.getLogger(WebOptions.class);
    private static final int MIN_TOKEN_LENGTH = 16;
    private static final int MAX_TOKEN_BYTES = 4096;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "A file with the token that browsers must present, at least 16 characters.")
    private @Nullable Path tokenFile;

    /** Returns the token from the file; null if no file was given. */
    @Nullable String token() throws IOException {
        return tokenFile == null ? null : read(tokenFile);
    }

    /**
     * Returns the arguments for {@code shmim web} when it runs beside links. Mistakes in the
     * command line are reported here, at the start, not at night.
     *
     * @param where {@code [ADDR:]PORT}; null for no page
     * @return arguments, beginning with the address; empty for no page
     */
    List<String> besideLinks(@Nullable String where, TlsSettings tls) throws IOException {
        List<String> access = new ArrayList<>();
        if (tokenFile != null) {
            access.add("--token-file=" + tokenFile.toAbsolutePath());
        }
        access.addAll(tls.withAbsoluteFiles().arguments());
        if (where == null) {
            if (!access.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), "--token-file and the --tls options need --web");
            }
            return List.of();
        }
        boolean loopback = address(where).getAddress().isLoopbackAddress();
        token();
        tls.load();
        if (access.isEmpty() && !loopback) {
            throw new UserError(
                    "other machines can reach "
                            + where
                            + ": require a token (--token-file) or certificates (--tls-cert,"
                            + " --tls-key, --tls-ca)");
        }
        access.addFirst(where);
        return access;
    }

    private static String read(Path file) throws IOException {
        String token = new String(SmallFile.read(file, MAX_TOKEN_BYTES), UTF_8).strip();
        boolean plain = token.chars().allMatch(c -> c > ' ' && c < 127 && "\",;\\".indexOf(c) < 0);
        if (token.length() < MIN_TOKEN_LENGTH || !plain) {
            throw new UserError(
                    file
                            + " has no token: "
                            + MIN_TOKEN_LENGTH
                            + " or more letters and digits on one line (to create one: openssl"
                            + " rand -hex 16)");
        }
        if (SmallFile.isReadByAll(file)) {
            LOG.warn("--token-file {}: every user on this machine can read it; chmod 600 it", file);
        }
        return token;
    }

    /** Parses {@code [ADDR:]PORT}. Without an address, only this machine can connect. */
    InetSocketAddress address(String text) {
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
            throw new UserError("no address found for '" + host + "'", e);
        }
    }

    private ParameterException wrong(String text) {
        return new ParameterException(
                spec.commandLine(),
                "'" + text + "' is not [ADDR:]PORT, for example 8899 or 192.168.2.2:8899");
    }
}
