package org.shmimtcp.transport;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.3 with certificates at both ends, each signed by an authority that the peer trusts. Renewed
 * files are used from the next connection on. A program that creates no instance loads no TLS
 * classes.
 */
public final class Tls {
    public static final String PROTOCOL = "TLSv1.3";

    /** In order of preference: the faster one first. */
    private static final String[] CIPHERS = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"};

    private static final char[] NO_PASSWORD = new char[0];
    private static final int SAN_DNS = 2;
    private static final int SAN_IP = 7;

    static {
        // A resumed session would skip the certificate check, and tickets are data that no peer
        // requests.
        System.setProperty("jdk.tls.server.newSessionTicketCount", "0");
    }

    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);

    private final PemFiles files;
    private final @Nullable String peerName;
    private List<String> stamps;
    private SSLContext context;
    private @Nullable String unusable;

    private Tls(PemFiles files, @Nullable String peerName) {
        this.files = files;
        this.peerName = peerName;
        this.stamps = files.stamps();
        this.context = context(files);
    }

    /**
     * Loads certificates and the key.
     *
     * @throws PemFiles.Unusable if a file cannot be used, or they do not belong together
     */
    public static Tls load(PemFiles files, @Nullable String peerName) {
        return new Tls(files, peerName);
    }

    /**
     * Returns a context with the current files, or with the previous ones while the current ones
     * are unusable.
     */
    private synchronized SSLContext renewed() {
        List<String> now = files.stamps();
        if (now.equals(stamps)) {
            return context;
        }
        try {
            context = context(files);
            stamps = now; // stamps from before loading: a change during loading is loaded next time
            unusable = null;
            LOG.info("new certificates from {}", files.certificate());
        } catch (PemFiles.Unusable e) { // for example, only some of the files are renewed yet
            if (!String.valueOf(e.getMessage()).equals(unusable)) {
                unusable = String.valueOf(e.getMessage());
                LOG.warn("{}; the previous certificates stay in use", unusable);
            }
        }
        return context;
    }

    /**
     * Returns the context for a server library that opens its connections itself. Call for each
     * connection, because the files may have been renewed.
     */
    public SSLContext context() {
        return renewed();
    }

    /**
     * True if a certificate that passed verification carries the required name, or no name is
     * required.
     */
    public boolean isMeant(X509Certificate certificate) {
        try {
            return peerName == null || isNamed(certificate, peerName);
        } catch (GeneralSecurityException damaged) {
            return false;
        }
    }

    private static SSLContext context(PemFiles files) {
        PemFiles.Contents contents = files.load();
        try {
            KeyStore own = emptyStore();
            own.setKeyEntry(
                    "own",
                    contents.key(),
                    NO_PASSWORD,
                    contents.chain().toArray(new Certificate[0]));
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(own, NO_PASSWORD);
            KeyStore trusted = emptyStore();
            for (X509Certificate authority : contents.authorities()) {
                trusted.setCertificateEntry("ca" + trusted.size(), authority);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance(PROTOCOL);
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new PemFiles.Unusable("TLS cannot be used here: " + e.getMessage(), e);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /**
     * Encrypts a connection that this end opened.
     *
     * @return the encrypted connection, which replaces the plain one; on failure, the plain one is
     *     closed
     * @throws ConnectionLostException if the handshake fails or times out
     */
    public Connection client(Connection plain, long timeoutNs) throws IOException {
        return secure(plain, true, timeoutNs);
    }

    /** Encrypts a connection that the peer opened; otherwise like {@link #client}. */
    public Connection server(Connection plain, long timeoutNs) throws IOException {
        return secure(plain, false, timeoutNs);
    }

    private Connection secure(Connection plain, boolean client, long timeoutNs) throws IOException {
        TlsConnection secured;
        try {
            secured = new TlsConnection(plain, engine(client));
        } catch (IOException | RuntimeException e) {
            plain.close();
            throw e;
        }
        try {
            secured.handshake(timeoutNs);
            checkName(secured.engine());
            return secured;
        } catch (IOException | RuntimeException e) {
            secured.close();
            throw e;
        }
    }

    private SSLEngine engine(boolean client) {
        SSLEngine engine = renewed().createSSLEngine();
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {PROTOCOL});
        parameters.setCipherSuites(CIPHERS);
        parameters.setNeedClientAuth(true);
        engine.setSSLParameters(parameters);
        engine.setUseClientMode(client);
        return engine;
    }

    private void checkName(SSLEngine engine) throws ConnectionLostException {
        if (peerName == null) {
            return;
        }
        try {
            Certificate[] chain = engine.getSession().getPeerCertificates();
            if (isNamed((X509Certificate) chain[0], peerName)) {
                return;
            }
        } catch (SSLPeerUnverifiedException | GeneralSecurityException e) {
            throw new ConnectionLostException("TLS: " + e.getMessage());
        }
        throw new ConnectionLostException(
                "TLS: its certificate is not for '" + peerName + "' (the required peer name)");
    }

    /**
     * True if a certificate is issued for that DNS name or IP address (RFC 6125, without
     * wildcards).
     */
    static boolean isNamed(X509Certificate certificate, String name)
            throws GeneralSecurityException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names != null
                && names.stream()
                        .filter(n -> n.get(0).equals(SAN_DNS) || n.get(0).equals(SAN_IP))
                        .anyMatch(n -> name.equalsIgnoreCase(String.valueOf(n.get(1))));
    }
}
