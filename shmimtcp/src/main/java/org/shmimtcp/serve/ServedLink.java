package org.shmimtcp.serve;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.receive.Rules;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.transmit.Transmitter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Supervises one link end on a thread of its own. If the end fails, it is restarted after a growing
 * pause, without affecting other links.
 */
final class ServedLink implements LinkEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ServedLink.class);

    private final org.shmimtcp.site.Link link;
    private final Role role;
    private final String address;
    private final @Nullable String bind;
    private final ImageDirectory directory;
    private final LoopContext context;
    private final Thread thread;
    private final LinkState state;
    private final Control control;
    private volatile @Nullable LinkEnd end;
    private volatile boolean stopping;
    private volatile boolean restarting;

    /**
     * @param address address of the receiver's machine
     * @param bind the address that a receiver listens on; null for all addresses
     * @param context a context with a control of its own
     */
    ServedLink(
            org.shmimtcp.site.Link link,
            Role role,
            String address,
            @Nullable String bind,
            LoopContext context) {
        this.context = context;
        this.directory = context.directory();
        this.control = context.control();
        this.link = link;
        this.role = role;
        this.address = address;
        this.bind = bind;
        this.state =
                new LinkState(
                        LinkState.State.STARTING,
                        isSender() ? address + ":" + link.port() : null,
                        control);
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

    /** Restarts the link end. If it has failed and is pausing, it retries immediately. */
    @Override
    public void restart() {
        LinkEnd now = end;
        if (now != null) {
            now.restart();
        } else {
            restarting = true;
        }
    }

    /** Waits for the thread to end after {@link #stop}. */
    void join() throws InterruptedException {
        thread.join(STOP_TIME);
    }

    @Override
    public Control control() {
        return control;
    }

    /** True if {@link #stop} was called, by any thread, and the end has stopped. */
    boolean hasEnded() {
        return stopping && !thread.isAlive();
    }

    /** Returns the SCHED_FIFO priority of its thread; 0 for none. */
    int priority() {
        return settings().get(LinkSettings.PRIORITY);
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
                if (!stopping) { // stop() may have been called before end was set
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
            state.become(LinkState.State.FAILED);
            state.failed(error);
            if (!error.equals(said)) { // once, not at every retry
                said = error;
                LOG.warn("{}: {}; retrying until it works", link.name(), error);
            }
            backoff.pause(() -> stopping || restarting);
            restarting = false;
        }
    }

    /** Returns the scheduling of its thread. */
    RealTimeSettings realTime() {
        LinkSettings<?> settings = settings();
        return settings.isGiven(LinkSettings.CPUS)
                ? settings.realTime()
                : RealTimeSettings.of(settings.get(LinkSettings.PRIORITY), System.getenv());
    }

    private LinkSettings<?> settings() {
        return isSender() ? link.transmit() : link.receive();
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
        return new Transmitter(link.transmitTo(address), new Unheard(), context);
    }

    /**
     * Creates a receiver that accepts only this stream, so that the port cannot be used for another
     * one.
     */
    private LinkEnd receiver() throws IOException {
        ReceiveSettings settings = link.receiveAt(bind);
        NamePatterns only = NamePatterns.exactly(link.stream(), link.copy());
        return new Receiver(settings, Rules.of(settings).withOnly(only), context);
    }

    @Override
    public Traffic traffic() {
        LinkEnd now = end;
        String name = isSender() ? link.stream() : link.copy();
        return now != null
                ? now.traffic()
                : new Traffic(name, state.now().state().text(), 0, 0, 0, 0, "");
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
        boolean tls = settings().usesTls();
        return new Link(
                role,
                new Traffic(
                        isSender() ? link.stream() : link.copy(),
                        state.now().state().text(),
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
