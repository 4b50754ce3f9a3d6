package org.shmimtcp.serve;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
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
import org.shmimtcp.receive.AdmissionRules;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.receive.WantedStream;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.site.SiteWant;
import org.shmimtcp.transmit.Distributors;
import org.shmimtcp.transmit.SharedReader;
import org.shmimtcp.transmit.Transmitter;
import org.shmimtcp.want.CopyUsers;
import org.shmimtcp.want.OfferingHosts;
import org.shmimtcp.want.Want;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Supervises one link end on a thread of its own. If the end fails, it is restarted after a growing
 * pause, without affecting other links.
 */
final class ServedLink implements LinkEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ServedLink.class);

    /** Makes the link end, again after each failure. */
    interface Maker {
        /**
         * Makes it.
         *
         * @param publish publishes the end's state at once
         */
        LinkEnd make(LoopContext context, Runnable publish) throws IOException;
    }

    /**
     * A link end to run.
     *
     * @param name its name in log lines
     * @param stream its stream on this machine
     * @param port the receiver's port, or that of an offer
     * @param to the address that it connects to; null if that is not known in advance
     * @param wanted true if this machine has requested the stream
     */
    record Job(
            String name,
            Role role,
            String stream,
            int port,
            @Nullable String to,
            boolean wanted,
            LinkSettings<?> settings,
            Maker maker) {
        /** Returns the thread's name. */
        private String thread() {
            String what = role == Role.TRANSMITTER ? "transmit-" : wanted ? "want-" : "receive-";
            return what + name;
        }
    }

    private final Job job;
    private final LoopContext context;
    private final Thread thread;
    private final LinkState state;
    private final Control control;
    private volatile @Nullable LinkEnd end;
    private volatile Runnable publish = () -> {};
    private volatile boolean stopping;
    private volatile boolean restarting;

    /**
     * @param context a context with a control of its own
     */
    ServedLink(Job job, LoopContext context) {
        this.job = job;
        this.context = context;
        this.control = context.control();
        this.state = new LinkState(LinkState.State.STARTING, job.to, control);
        this.thread = Thread.ofPlatform().name(job.thread()).unstarted(this);
    }

    /**
     * Returns a link's transmitter.
     *
     * @param address address of the receiver's machine
     * @param distributors the readers that transmitters of this process share
     */
    static Job transmitter(org.shmimtcp.site.Link link, String address, Distributors distributors) {
        return new Job(
                link.distinctName(),
                Role.TRANSMITTER,
                link.stream(),
                link.port(),
                address + ":" + link.port(),
                false,
                link.transmit(),
                (context, _) -> transmitter(link, address, distributors, context));
    }

    private static LinkEnd transmitter(
            org.shmimtcp.site.Link link,
            String address,
            Distributors distributors,
            LoopContext context) {
        ImageDirectory directory = context.directory();
        Shape shape = link.shape();
        DataType type = link.type();
        if (shape != null && type != null && !directory.has(link.stream())) {
            Image.create(directory, ImageSpec.of(link.stream(), type, shape)).close();
            LOG.info("stream '{}' created in {}", link.stream(), directory.path());
        }
        SharedReader shared =
                link.oneOfSeveral()
                        ? new SharedReader(distributors, realTime(link.transmit()))
                        : null;
        return new Transmitter(link.transmitTo(address), new Unheard(), context, shared);
    }

    /**
     * Returns a link's receiver. It accepts only this stream, so that the port cannot be used for
     * another one.
     *
     * @param bind the address that it listens on; null for all addresses
     */
    static Job receiver(org.shmimtcp.site.Link link, @Nullable String bind) {
        return new Job(
                link.distinctName(),
                Role.RECEIVER,
                link.copy(),
                link.port(),
                null,
                false,
                link.receive(),
                (context, _) -> {
                    ReceiveSettings settings = link.receiveAt(bind);
                    NamePatterns only = NamePatterns.exactly(link.stream(), link.copy());
                    return new Receiver(
                            settings, AdmissionRules.of(settings).withOnly(only), context);
                });
    }

    /**
     * Returns the receiver of a stream that this machine wants.
     *
     * @param port on which hosts offer streams
     * @param hosts the hosts that may offer it
     * @param users tells whether the copy is in use
     */
    static Job want(SiteWant want, int port, Supplier<OfferingHosts> hosts, CopyUsers users) {
        return new Job(
                want.name(),
                Role.RECEIVER,
                want.settings().copy(),
                port,
                null,
                true,
                want.settings(),
                (context, publish) -> {
                    Want one = new Want(want.settings(), hosts.get());
                    one.checkPlace(context.directory());
                    return one.receiver(users, new Publishing(publish), context);
                });
    }

    /**
     * Starts its thread.
     *
     * @param publish publishes this end's state at once, from any thread
     */
    void start(Runnable publish) {
        this.publish = publish;
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
        return job.settings.get(LinkSettings.PRIORITY);
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
                LinkEnd made = job.maker.make(context, publish);
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
                LOG.warn("{}: {}; retrying until it works", job.name, error);
            }
            backoff.pause(() -> stopping || restarting);
            restarting = false;
        }
    }

    /** Returns the scheduling of its thread. */
    RealTimeSettings realTime() {
        return realTime(job.settings);
    }

    private static RealTimeSettings realTime(LinkSettings<?> settings) {
        return settings.isGiven(LinkSettings.CPUS)
                ? settings.realTime()
                : RealTimeSettings.of(settings.get(LinkSettings.PRIORITY), System.getenv());
    }

    @Override
    public Traffic traffic() {
        LinkEnd now = end;
        return now != null
                ? now.traffic()
                : new Traffic(job.stream, state.now().state().text(), 0, 0, 0, 0, "");
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
        Link none =
                new Link(
                        job.role,
                        new Traffic(job.stream, state.now().state().text(), 0, 0, 0, 0, ""),
                        job.port,
                        job.settings.usesTls(),
                        state.now(),
                        0,
                        0,
                        0,
                        0,
                        null,
                        null,
                        new ClockOffset());
        return job.wanted ? none.withOrigins(List.of()) : none;
    }

    private record Publishing(Runnable publish) implements WantedStream.Watcher {
        @Override
        public void connected(String peer) {
            publish.run();
        }

        @Override
        public void waiting(String reason) {}
    }

    private record Unheard() implements Transmitter.Watcher {
        @Override
        public void connected(String peer) {}

        @Override
        public void waiting(String reason) {}
    }
}
