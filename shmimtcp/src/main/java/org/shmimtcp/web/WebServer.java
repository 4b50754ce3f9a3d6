package org.shmimtcp.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.transport.Tls;

/** Serves the web page, metrics and health of a machine, on its own threads, until it is closed. */
public final class WebServer implements AutoCloseable {
    public static final int DEFAULT_PORT = 8899;

    private static final int MAX_THREADS = 16;

    /** A connection on which the browser reads nothing for so long is closed. */
    private static final int IDLE_MS = 20_000;

    private static final int MAX_HEADER_BYTES = 8192;

    private final Server server;
    private final ServerConnector connector;
    private final Monitor monitor;
    private final FrameViews frames;

    private WebServer(
            Server server, ServerConnector connector, Monitor monitor, FrameViews frames) {
        this.server = server;
        this.connector = connector;
        this.monitor = monitor;
        this.frames = frames;
    }

    /** Starts a server without TLS. */
    public static WebServer start(
            InetSocketAddress address, ImageDirectory directory, @Nullable String token)
            throws IOException {
        return start(address, directory, token, null, () -> AlertRules.DEFAULT, List::of);
    }

    /**
     * Starts a server.
     *
     * @param address the address to listen on; port 0 for any free port
     * @param token required of every browser that shows no certificate. Null requires no token;
     *     this is permitted on a loopback address, or with {@code tls}, where a certificate is then
     *     required
     * @param tls certificates for https; null for http
     * @param rules when there is an alert; asked once a second
     * @param others the newest answers of the site's other hosts; asked once a second
     * @throws IOException if the server cannot listen on the address
     * @throws IllegalArgumentException if other machines could connect without a token or
     *     certificate
     */
    public static WebServer start(
            InetSocketAddress address,
            ImageDirectory directory,
            @Nullable String token,
            @Nullable Tls tls,
            Supplier<AlertRules> rules,
            Supplier<List<OtherHost>> others)
            throws IOException {
        InetAddress ip = address.getAddress();
        if (ip == null) {
            throw new IOException("no address found for '" + address.getHostString() + "'");
        }
        if (token == null && tls == null && !ip.isLoopbackAddress()) {
            throw new IllegalArgumentException("no token for address " + address);
        }
        FrameViews frames = new FrameViews(directory);
        Visitors visitors = new Visitors();
        Monitor monitor =
                new Monitor(
                        directory,
                        rules,
                        others,
                        () -> {
                            visitors.closeLate();
                            frames.closeUnused();
                        });
        QueuedThreadPool pool = new QueuedThreadPool(MAX_THREADS, 2);
        pool.setName("web");
        pool.setDaemon(true);
        // A slow browser blocks a virtual thread, of which there are enough.
        pool.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
        Server server = new Server(pool);
        ServerConnector connector = new CountingConnector(server, visitors, protocols(tls));
        connector.setHost(ip.getHostAddress());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(IDLE_MS);
        server.addConnector(connector);
        Gate gate = new Gate(token, tls, ip.isLoopbackAddress());
        gate.setHandler(visitors);
        visitors.setHandler(new Pages(monitor, frames));
        server.setHandler(gate);
        WebServer started = new WebServer(server, connector, monitor, frames);
        monitor.start();
        try {
            server.start();
        } catch (Exception e) { // Jetty's signature
            started.close();
            String reason = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
            throw new IOException(
                    "cannot listen on "
                            + ip.getHostAddress()
                            + ":"
                            + address.getPort()
                            + ": "
                            + reason,
                    e);
        }
        return started;
    }

    /** Reports its connections to {@link Visitors}. */
    private static final class CountingConnector extends ServerConnector {
        private final Visitors visitors;

        CountingConnector(Server server, Visitors visitors, ConnectionFactory... protocols) {
            super(server, 1, 1, protocols);
            this.visitors = visitors;
        }

        @Override
        protected void onEndPointOpened(EndPoint connection) {
            super.onEndPointOpened(connection);
            visitors.opened(connection);
        }

        @Override
        protected void onEndPointClosed(EndPoint connection) {
            visitors.closed(connection);
            super.onEndPointClosed(connection);
        }
    }

    private static ConnectionFactory[] protocols(@Nullable Tls tls) {
        HttpConnectionFactory http = http();
        if (tls == null) {
            return new ConnectionFactory[] {http};
        }
        // Plain http is detected, so that the answer can point to https://.
        var secure = new SslConnectionFactory(new RenewedTls(tls), http.getProtocol());
        return new ConnectionFactory[] {new DetectorConnectionFactory(secure), http};
    }

    /**
     * Uses renewed certificates from the next connection on, and lets the gate see the client's
     * certificate.
     */
    private static final class RenewedTls extends SslContextFactory.Server {
        private final Tls tls;

        RenewedTls(Tls tls) {
            this.tls = tls;
            setSslContext(tls.context());
            setIncludeProtocols(Tls.PROTOCOL);
            setWantClientAuth(true);
        }

        @Override
        public SSLEngine newSSLEngine() {
            SSLEngine engine = tls.context().createSSLEngine();
            customize(engine);
            return engine;
        }

        /** TLS sessions are not resumed, so the peer's name and port do not matter. */
        @Override
        public SSLEngine newSSLEngine(String host, int port) {
            return newSSLEngine();
        }
    }

    private static HttpConnectionFactory http() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(MAX_HEADER_BYTES);
        configuration.setHttpCompliance(HttpCompliance.STRICT);
        // The browser checks the host name in the certificate, not the server.
        configuration.addCustomizer(new SecureRequestCustomizer(false));
        return new HttpConnectionFactory(configuration);
    }

    /** Returns the port that the server listens on. */
    public int port() {
        return connector.getLocalPort();
    }

    @Override
    public void close() {
        monitor.close();
        try {
            server.stop();
        } catch (Exception e) { // Jetty's signature; the process is about to exit
            org.slf4j.LoggerFactory.getLogger(WebServer.class)
                    .warn("the web server did not stop cleanly: {}", e.toString());
        }
        server.destroy();
        frames.close();
    }
}
