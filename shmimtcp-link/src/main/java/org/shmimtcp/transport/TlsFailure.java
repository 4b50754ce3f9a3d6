package org.shmimtcp.transport;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.text.PlainText;

/** Explains TLS failures in an operator's terms. */
final class TlsFailure {
    private static final String ALERT = "Received fatal alert: ";

    private TlsFailure() {}

    static ConnectionLostException explain(SSLException e) {
        return ConnectionLostException.ofTls(reason(e));
    }

    private static String reason(SSLException e) {
        String message = String.valueOf(e.getMessage());
        int alert = message.indexOf(ALERT);
        if (alert >= 0) {
            return "the peer refuses ("
                    + message.substring(alert + ALERT.length())
                    + "); see what it says there";
        }
        if (has(e, CertificateExpiredException.class)) {
            return "its certificate has expired";
        }
        if (has(e, CertificateNotYetValidException.class)) {
            return "its certificate is not valid yet: check both clocks";
        }
        if (message.contains("unable to find valid certification path")
                || has(e, CertPathValidatorException.class)) {
            return "its certificate is not signed by the trusted CA";
        }
        if (message.contains("Empty client certificate chain")) {
            return "it presents no certificate signed by the trusted CA";
        }
        if (message.startsWith("(protocol_version)")) {
            return "it does not support TLS 1.3";
        }
        if (message.contains("recognized SSL message")) {
            return "it does not speak TLS";
        }
        return PlainText.of(message);
    }

    private static boolean has(Throwable e, Class<? extends Throwable> cause) {
        for (@Nullable Throwable t = e; t != null; t = t.getCause()) {
            if (cause.isInstance(t)) {
                return true;
            }
        }
        return false;
    }
}
