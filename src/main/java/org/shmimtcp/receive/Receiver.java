package org.shmimtcp.receive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.loop.Control;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.LinkEnd;
import org.shmimtcp.loop.LinkState;
import org.shmimtcp.loop.RateLimit;
import org.shmimtcp.loop.Steps;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.wire.MilkLimits;
import org.shmimtcp.wire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Listens on a port and publishes what the transmitter there sends, one transmitter after the
 * other, until it is stopped.
 */
public final class Receiver implements LinkEnd {
    private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);

    /** Of transmitters that come and go. */
    private static final int LINES_AT_ONCE = 30;

    /** Streams of C programs about which there is something to say: their names are strangers'. */
    private static final int MAX_TOLD = 100;

    private static final int CONTESTED_LINES_AT_ONCE = 3;

    /**
     * What to receive where.
     *
     * @param localName the copy's name; null for the one that the transmitter says
     * @param once true to end with the first transmitter
     * @param sameCounter true to give the copy the source's cnt0 instead of its own count
     * @param statusKeywords true to keep the state of the link in keywords of the copy
     * @param rules who may come in
     * @param waiting how to wait for a frame
     * @param steps hears when each frame came how far; of our own protocol only
     */
    public record Settings(
            InetSocketAddress at,
            ImageDirectory directory,
            @Nullable String localName,
            Wire wire,
            boolean once,
            OnLoss onLoss,
            boolean sameCounter,
            boolean statusKeywords,
            Rules rules,
            Waiting waiting,
            Steps steps) {
        /** Throws IllegalArgumentException if the local name is not one that may be written. */
        public Settings {
            if (localName != null && !rules.only().matchesCopy(localName)) {
                throw new IllegalArgumentException(
                        "stream '"
                                + localName
                                + "' is not among those of --only; name it there, too");
            }
        }

        /** Everything else as the command does it when no option is given. */
        public static Settings of(InetSocketAddress at, ImageDirectory directory) {
            return new Settings(
                    at,
                    directory,
                    null,
                    Wire.AUTO,
                    false,
                    OnLoss.HOLD,
                    false,
                    false,
                    Rules.DEFAULT,
                    Waiting.AUTO,
                    Steps.OFF);
        }

        public Settings withLocalName(@Nullable String value) {
            return with(draft -> draft.localName = value);
        }

        public Settings withWire(Wire value) {
            return with(draft -> draft.wire = value);
        }

        public Settings withOnce(boolean value) {
            return with(draft -> draft.once = value);
        }

        public Settings withOnLoss(OnLoss value) {
            return with(draft -> draft.onLoss = value);
        }

        public Settings withSameCounter(boolean value) {
            return with(draft -> draft.sameCounter = value);
        }

        public Settings withStatusKeywords(boolean value) {
            return with(draft -> draft.statusKeywords = value);
        }

        public Settings withRules(Rules value) {
            return with(draft -> draft.rules = value);
        }

        public Settings withWaiting(Waiting value) {
            return with(draft -> draft.waiting = value);
        }

        public Settings withSteps(Steps value) {
            return with(draft -> draft.steps = value);
        }

        private Settings with(Consumer<Draft> change) {
            Draft draft = new Draft(this);
            change.accept(draft);
            return draft.finish();
        }

        /** Settings on their way to others, of which one differs. */
        private static final class Draft {
            private InetSocketAddress at;
            private ImageDirectory directory;
            private @Nullable String localName;
            private Wire wire;
            private boolean once;
            private OnLoss onLoss;
            private boolean sameCounter;
            private boolean statusKeywords;
            private Rules rules;
            private Waiting waiting;
            private Steps steps;

            Draft(Settings from) {
                this.at = from.at;
                this.directory = from.directory;
                this.localName = from.localName;
                this.wire = from.wire;
                this.once = from.once;
                this.onLoss = from.onLoss;
                this.sameCounter = from.sameCounter;
                this.statusKeywords = from.statusKeywords;
                this.rules = from.rules;
                this.waiting = from.waiting;
                this.steps = from.steps;
            }

            Settings finish() {
                return new Settings(
                        at,
                        directory,
                        localName,
                        wire,
                        once,
                        onLoss,
                        sameCounter,
                        statusKeywords,
                        rules,
                        waiting,
                        steps);
            }
        }
    }

    private final LimitedLog comings = new LimitedLog(LOG::info, LINES_AT_ONCE);
    private final LimitedLog losses = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final LimitedLog refusals = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final Settings settings;
    private final Listener listener;
    private final Reception reception;
    private final Tally tally;
    private final Set<String> toldOmissions = new HashSet<>();
    private final SourceState source = new SourceState();
    private final Replacements replacements = new Replacements(Clock::monotonicNs);
    private @Nullable Orphan orphan;
    private volatile boolean stopping;
    private volatile boolean restarting;
    private final Control control;
    private final LinkState state;
    private final OtherWriter others;
    private volatile String what;

    /**
     * Starts to listen.
     *
     * @throws IOException if it cannot: port taken, not permitted, no such address here
     */
    public Receiver(Settings settings) throws IOException {
        this(settings, new Control());
    }

    /**
     * The same.
     *
     * @param control tells it to hold frames back, or to let them go
     */
    public Receiver(Settings settings, Control control) throws IOException {
        this.settings = settings;
        this.tally = new Tally(settings.steps);
        this.control = control;
        this.state = new LinkState("waiting", null, control);
        this.others = new OtherWriter(state, new LimitedLog(LOG::warn, CONTESTED_LINES_AT_ONCE));
        this.listener = new Listener(settings.at);
        this.what = "port " + settings.at.getPort();
        this.reception = new Reception(listener, settings.wire, settings.rules, this::isStopping);
    }

    /** Where it listens, {@code 0.0.0.0:8886}. */
    public String address() {
        return listener.address();
    }

    @Override
    public void stop() {
        stopping = true;
    }

    private boolean isStopping() {
        return stopping;
    }

    @Override
    public void restart() {
        restarting = true;
    }

    /** True if a transmitter is to be served no longer. */
    private boolean isLeaving() {
        return stopping || restarting;
    }

    @Override
    public Traffic traffic() {
        return traffic(tally.rest(reception.refused()));
    }

    private Traffic traffic(String rest) {
        long passed = tally.published.get();
        long skipped = tally.skipped.get();
        return new Traffic(
                what,
                state.now().what(),
                passed + skipped,
                passed,
                tally.bytes.get(),
                skipped,
                rest);
    }

    @Override
    public Link link() {
        return glance().withAges(tally.agesLately(), tally.ageCounts());
    }

    @Override
    public Link glance() {
        return new Link(
                Role.RECEIVER,
                traffic(""),
                settings.at.getPort(),
                settings.rules.tls() != null,
                state.now(),
                tally.repeated.get(),
                tally.damaged.get(),
                reception.refused(),
                tally.connections.get(),
                null,
                null,
                tally.clock);
    }

    @Override
    public Control control() {
        return control;
    }

    @Override
    public void run() {
        control.beginsOn(Processes.ownThreadId());
        MDC.put("port", Integer.toString(settings.at.getPort()));
        LOG.info(
                "listening on {}, streams go to {}", listener.address(), settings.directory.path());
        if (settings.rules.isOpenToAll() && !settings.at.getAddress().isLoopbackAddress()) {
            LOG.warn(
                    "whoever reaches {} can write frames into any stream in {}, mirror channels"
                            + " included, and make new ones: name the streams with --only or the"
                            + " senders with --allow, or demand certificates with --tls-cert",
                    listener.address(),
                    settings.directory.path());
        }
        try (reception) {
            while (!stopping) {
                Offer offer = reception.next();
                comings.look();
                losses.look();
                refusals.look();
                if (offer != null) {
                    restarting = false;
                    serve(offer);
                    stopping |= settings.once && !restarting;
                } else if (orphan != null && orphan.look()) {
                    source.forget();
                    orphan = null;
                }
            }
        }
        state.become("stopped");
    }

    private void serve(Offer offer) {
        String name = settings.localName != null ? settings.localName : offer.source().name();
        MDC.put("stream", name);
        try (Connection connection = offer.connection();
                Arena arena = Arena.ofConfined()) {
            tellComing(offer);
            attend(offer, name, arena);
        } finally {
            reception.serving(null);
            state.become("waiting");
            MDC.remove("stream");
        }
    }

    private void tellComing(Offer offer) {
        comings.add(
                offer.connection().peer()
                        + " sends '"
                        + offer.source().name()
                        + "', "
                        + offer.source().describe()
                        + (offer.isNative()
                                ? ""
                                : offer.isMilk3()
                                        ? " (C programs' byte stream, milk3)"
                                        : " (C programs' byte stream)"));
        tellOmissions(offer);
    }

    /** What a C program does not send of its stream: once for each name. */
    private void tellOmissions(Offer offer) {
        ImageSpec spec = offer.source();
        String refusal = MilkLimits.refusal(spec);
        String omission = refusal != null ? refusal : MilkLimits.omission(spec);
        if (omission == null || offer.isNative()) {
            return;
        }
        if (toldOmissions.size() < MAX_TOLD && toldOmissions.add(spec.name())) {
            LOG.warn("stream '{}' of a C program {}", spec.name(), omission);
        }
    }

    /** Says how it ended before the other end knows; no transmitter ends more than its session. */
    private void attend(Offer offer, String name, Arena arena) {
        long before = tally.published.get();
        try {
            receive(offer, name, arena);
            if (restarting) {
                comings.add(
                        from(offer, name)
                                + " ended after "
                                + (tally.published.get() - before)
                                + " frames: restarted here, as asked");
            }
        } catch (ConnectionLostException e) {
            state.failed(String.valueOf(e.getMessage()));
            comings.add(
                    from(offer, name)
                            + " ended after "
                            + (tally.published.get() - before)
                            + " frames: "
                            + e.getMessage()
                            + (settings.once ? "; done" : "; waiting for the next transmitter"));
        } catch (Replacements.ContestedException e) {
            state.failed(String.valueOf(e.getMessage()));
            if (e.isNews()) { // too important to be held back among others
                LOG.warn("{} refused: {}", from(offer, name), e.getMessage());
            }
        } catch (WireException | ImageException | OutOfMemoryError e) {
            state.failed(String.valueOf(e.getMessage()));
            refusals.add(from(offer, name) + " refused: " + e.getMessage());
        } catch (RuntimeException bug) {
            state.failed("an error in this program: " + bug);
            refusals.add(from(offer, name) + " made an error here: " + bug);
        }
    }

    private static String from(Offer offer, String name) {
        return "'" + name + "' from " + offer.connection().peer();
    }

    private void receive(Offer offer, String name, Arena arena) throws ConnectionLostException {
        try {
            Offer another = receiveUntold(offer, name, arena);
            if (another != null) {
                receiveFollowing(another);
            }
        } catch (WireException | ImageException e) {
            if (offer.isNative()) { // before the connection is closed
                Reception.tell(offer.connection(), String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    /** Streams that begin on a connection where another one ended, as many as come. */
    private void receiveFollowing(Offer first) throws ConnectionLostException {
        int perSecond = settings.rules.connectionsPerSecond();
        RateLimit limit = perSecond == 0 ? null : newLimit(perSecond);
        Offer offer = first;
        while (offer != null) {
            String source = offer.source().name();
            settings.rules.checkStream(source);
            if (limit != null && !limit.tryPass(Clock.monotonicNs())) {
                throw new WireException("more than " + perSecond + " new streams a second");
            }
            String name = settings.localName != null ? settings.localName : source;
            MDC.put("stream", name);
            tellComing(offer);
            try (Arena arena = Arena.ofConfined()) {
                offer = receiveUntold(offer, name, arena);
            }
        }
    }

    private static RateLimit newLimit(int perSecond) {
        return new RateLimit(perSecond, perSecond, Clock.monotonicNs());
    }

    /** Receives one stream; returns the one that begins after it, null for none. */
    private @Nullable Offer receiveUntold(Offer offer, String name, Arena arena)
            throws ConnectionLostException {
        Session session = session(offer);
        reception.serving(new Reception.Served(offer, session));
        long before = delivered();
        try (Copy copy =
                new Copy(
                        settings.directory,
                        name,
                        offer.source(),
                        status(offer),
                        replacements,
                        others,
                        this::isLeaving)) {
            tally.connections.increment();
            what = name;
            state.connected(offer.connection().peer(), offer.protocol());
            Orphan last = orphan;
            if (last != null && !last.isOf(name)) {
                last.expire(); // nobody sends that stream any more
                last = null;
            }
            orphan = null;
            source.begin(offer.identity(), offer.cnt0());
            others.forget();
            try {
                session.run(copy, arena);
                if (restarting && offer.isNative()) {
                    Reception.tell(offer.connection(), "it was restarted there, as asked");
                }
            } finally {
                // One that sent no frame leaves things as they were.
                orphan =
                        delivered() == before
                                ? last
                                : new Orphan(
                                        settings.directory,
                                        name,
                                        settings.onLoss,
                                        settings.sameCounter);
            }
        }
        return session instanceof Milk3Session milk3 ? milk3.next() : null;
    }

    /** Frames that came, new or not. */
    private long delivered() {
        return tally.published.get() + tally.repeated.get();
    }

    /** The C programs' byte stream fills all the slots that its source has, with each frame. */
    private @Nullable StatusKeywords status(Offer offer) {
        if (!settings.statusKeywords) {
            return null;
        }
        boolean slotsStay = offer.isNative() || settings.wire == Wire.MILK0;
        String host = offer.connection().remoteAddress().getHostAddress();
        tally.forgetAge();
        return new StatusKeywords(host, tally, slotsStay ? 0 : offer.source().keywords());
    }

    private Session session(Offer offer) {
        MemorySegment prefix = offer.prefix();
        if (prefix != null) {
            return new Milk3Session(
                    offer,
                    prefix,
                    settings.waiting,
                    settings.rules.limits(),
                    source,
                    tally,
                    control,
                    losses,
                    this::isLeaving);
        }
        return offer.isNative()
                ? new NativeSession(
                        offer,
                        settings.waiting,
                        settings.sameCounter,
                        source,
                        tally,
                        control,
                        this::isLeaving)
                : new MilkSession(
                        offer,
                        settings.waiting,
                        settings.wire.variant(),
                        source,
                        tally,
                        control,
                        this::isLeaving);
    }
}
