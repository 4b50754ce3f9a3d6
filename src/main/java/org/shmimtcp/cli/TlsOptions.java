package org.shmimtcp.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.transport.PemFiles;
import org.shmimtcp.transport.Tls;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Encryption, the same on both ends. */
final class TlsOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description =
                    "Talk TLS 1.3, with this certificate (PEM). Needs --tls-key and --tls-ca, and of"
                            + " links the same at the other end; see docs/security.md.")
    private @Nullable Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "The certificate's private key (PEM).")
    private @Nullable Path key;

    @Option(
            names = "--tls-ca",
            paramLabel = "FILE",
            description = "Whose signature the other end's certificate must have (PEM).")
    private @Nullable Path authority;

    @Option(
            names = "--tls-name",
            paramLabel = "NAME",
            description =
                    "The DNS name or IP address that must stand in the other end's certificate, too."
                            + " Default: any.")
    private @Nullable String peerName;

    /** TLS as the options say; null for none. */
    @Nullable Tls load() {
        PemFiles files = files();
        if (files == null) {
            return null;
        }
        try {
            return Tls.load(files, peerName);
        } catch (PemFiles.Unusable e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        }
    }

    private @Nullable PemFiles files() {
        if (certificate != null && key != null && authority != null) {
            return new PemFiles(certificate, key, authority);
        }
        if (certificate != null || key != null || authority != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--tls-cert, --tls-key and --tls-ca are needed together, or none of them");
        }
        if (peerName != null) {
            throw new ParameterException(spec.commandLine(), "--tls-name needs --tls-cert");
        }
        return null;
    }

    /** The same options for a program that is started elsewhere on this machine. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        PemFiles files = files();
        if (files != null) {
            arguments.add("--tls-cert=" + files.certificate().toAbsolutePath());
            arguments.add("--tls-key=" + files.key().toAbsolutePath());
            arguments.add("--tls-ca=" + files.authority().toAbsolutePath());
            if (peerName != null) {
                arguments.add("--tls-name=" + peerName);
            }
        }
        return arguments;
    }
}
