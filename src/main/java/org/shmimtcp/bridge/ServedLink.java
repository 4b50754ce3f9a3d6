package org.shmimtcp.bridge;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.loop.ClockOffset;
import org.shmimtcp.loop.Control;
import org.shmimtcp.loop.LinkEnd;
import org.shmimtcp.loop.LinkState;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.receive.Rules;
import org.shmimtcp.site.LinkOptions;
import org.shmimtcp.transmit.Transmitter;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.transport.PemFiles;
import org.shmimtcp.transport.Tls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a link under supervision, on a thread of its own: what ends with an error is started
 * again, after a pause that grows, and disturbs no other.
 */
final class ServedLink implements LinkEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ServedLink.class);

    /** A process must be gone a second after the signal, however many links it has. */
    private static final Duration STOP_TIME = Duration.ofMillis(800);

    private final org.shmimtcp.site.Link link;
    private final Role role;
    private final String address;
    private final @Nullable String bind;
    private final ImageDirectory directory;
    private final Supplier<Waiting> waiting;
    private final Thread thread;
    private final LinkState state;
    private final Control control = new Control();
    private volatile @Nullable LinkEnd end;
    private volatile boolean stopping;
    private volatile boolean restarting;

    /**
     * @param address of the receiver's machine
     * @param bind what a receiver listens on; null for all addresses
     * @param waiting how to wait for the next frame
     */
    ServedLink(
            org.shmimtcp.site.Link link,
            Role role,
            String address,
            @Nullable String bind,
            ImageDirectory directory,
            Supplier<Waiting> waiting) {
        this.waiting = waiting;
        this.link = link;
        this.role = role;
        this.address = address;
        this.bind = bind;
        this.directory = directory;
        this.state =
                new LinkState("starting", isSender() ? address + ":" + link.port() : null, control);
        this.thread =
                Thread.ofPlatform()
                        .name((isSender() ? "transmit-" : "receive-") + link.name())
                        .unstarted(this);
    }

    private boolean isSender() {
        return role == Role.TRANSMITTER;
    }

    void start() {
        thread.start();
    }

    @Override
    public void stop() {
        stopping = true;
        LinkEnd now = end;
        if (now != null) {
            now.stop();
        }
    }

    /** One that has failed, and waits, tries again at once. */
    @Override
    public void restart() {
        LinkEnd now = end;
        if (now != null) {
            now.restart();
        } else {
            restarting = true;
        }
    }

    /** Waits for its end after {@link #stop}. */
    void join() throws InterruptedException {
        thread.join(STOP_TIME);
    }

    @Override
    public Control control() {
        return control;
    }

    /** True once {@link #stop} was asked for, by whomever, and it has ended. */
    boolean hasEnded() {
        return stopping && !thread.isAlive();
    }

    /** SCHED_FIFO priority of its thread; 0 for none. */
    int priority() {
        return link.options().priority();
    }

    @Override
    public void run() {
        Backoff backoff = new Backoff();
        String said = "";
        boolean prepared = false;
        while (!stopping) {
            backoff.begin();
            String error;
            try {
                if (!prepared) {
                    realTime().applyToThisThread();
                    prepared = true;
                }
                LinkEnd made = make();
                end = made;
                if (!stopping) { // it may have been asked before it could be told
                    made.run();
                }
                error = "it ended";
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                error = e.getMessage() == null ? e.toString() : e.getMessage();
            } finally {
                end = null;
            }
            if (stopping) {
                return;
            }
            state.become("failed");
            state.failed(error);
            if (!error.equals(said)) { // once, not at every try
                said = error;
                LOG.warn("{}: {}; trying again until it works", link.name(), error);
            }
            backoff.pause(() -> stopping || restarting);
            restarting = false;
        }
    }

    /** How its thread is scheduled. */
    RealTimeSettings realTime() {
        LinkOptions options = link.options();
        return options.cpus().isEmpty()
                ? RealTimeSettings.of(options.priority(), System.getenv())
                : new RealTimeSettings(
                        options.priority(), RealTimeSettings.parseCpus(options.cpus()));
    }

    private LinkEnd make() throws IOException {
        return isSender() ? transmitter() : receiver();
    }

    private LinkEnd transmitter() {
        Shape shape = link.shape();
        DataType type = link.type();
        if (shape != null && type != null && !directory.has(link.stream())) {
            Image.create(directory, ImageSpec.of(link.stream(), type, shape)).close();
            LOG.info("stream '{}' created in {}", link.stream(), directory.path());
        }
        LinkOptions options = link.options();
        return new Transmitter(
                Transmitter.Settings.of(
                                directory, link.stream(), new Endpoint(address, link.port()))
                        .withWire(options.wire())
                        .withEvery(options.every())
                        .withWaiting(waiting)
                        .withMaxFramesPerSecond(options.fps())
                        .withTls(tls()),
                new Unheard(),
                control);
    }

    private LinkEnd receiver() throws IOException {
        LinkOptions options = link.options();
        Rules open = Rules.DEFAULT;
        Rules rules =
                new Rules(
                        options.allow().stream().map(AddressRange::parse).toList(),
                        NamePatterns.exactly(link.stream(), link.copy()),
                        open.limits(),
                        open.connectionsPerSecond(),
                        open.headTimeoutNs(),
                        tls());
        return new Receiver(
                Receiver.Settings.of(new InetSocketAddress(listenAt(), link.port()), directory)
                        .withRules(rules) // first: they say which local name may be
                        .withLocalName(options.localName())
                        .withWaiting(waiting.get())
                        .withOnLoss(OnLoss.parse(options.onLoss()))
                        .withSameCounter(options.sameCounter())
                        .withStatusKeywords(options.statusKeywords()),
                control);
    }

    private InetAddress listenAt() {
        return bind == null ? Listener.ALL_ADDRESSES : InetAddress.ofLiteral(bind);
    }

    private @Nullable Tls tls() {
        LinkOptions.TlsFiles files = link.options().tls();
        return files == null
                ? null
                : Tls.load(
                        new PemFiles(
                                Path.of(files.cert()), Path.of(files.key()), Path.of(files.ca())),
                        files.name());
    }

    @Override
    public Traffic traffic() {
        LinkEnd now = end;
        String name = isSender() ? link.stream() : link.copy();
        return now != null ? now.traffic() : new Traffic(name, state.now().what(), 0, 0, 0, 0, "");
    }

    @Override
    public Link link() {
        LinkEnd now = end;
        return now != null ? now.link() : withoutEnd();
    }

    @Override
    public Link glance() {
        LinkEnd now = end;
        return now != null ? now.glance() : withoutEnd();
    }

    private Link withoutEnd() {
        boolean tls = link.options().tls() != null;
        return new Link(
                role,
                new Traffic(
                        isSender() ? link.stream() : link.copy(),
                        state.now().what(),
                        0,
                        0,
                        0,
                        0,
                        ""),
                link.port(),
                tls,
                state.now(),
                0,
                0,
                0,
                0,
                null,
                null,
                new ClockOffset());
    }

    private record Unheard() implements Transmitter.Watcher {
        @Override
        public void connected(String peer) {}

        @Override
        public void waiting(String reason) {}
    }
}
