package org.shmimtcp.receive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.RateLimit;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.wire.MilkLimits;
import org.shmimtcp.wire.WireException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Publishes what a transmitter sends, one transmitter after the other, until stopped. It listens on
 * a port, or requests a stream from the machine that offers it.
 */
public final class Receiver implements LinkEnd {
    private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);

    /** Log lines at once about transmitters that come and go. */
    private static final int LINES_AT_ONCE = 30;

    /**
     * Maximum number of C programs' streams whose omissions were logged; strangers choose their
     * names.
     */
    private static final int MAX_TOLD = 100;

    private static final int CONTESTED_LINES_AT_ONCE = 3;

    private final LimitedLog comings = new LimitedLog(LOG::info, LINES_AT_ONCE);
    private final LimitedLog losses = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final LimitedLog refusals = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final AdmissionRules rules;
    private final ImageDirectory directory;
    private final int port;
    private final @Nullable String localName;
    private final int silenceS;
    private final Wire wire;
    private final boolean once;
    private final OnLoss onLoss;
    private final boolean sameCounter;
    private final boolean statusKeywords;
    private final Waiting waiting;
    private final OfferSource offers;
    private final Demand demand;
    private final String address;
    private final boolean tls;

    /** What this end does when a transmitter has gone, for log lines. */
    private final String afterwards;

    private final ReceiverCounts counts;
    private final Set<String> toldOmissions = new HashSet<>();
    private final SourceState source = new SourceState();
    private final Replacements replacements = new Replacements(Clock::monotonicNs);
    private @Nullable StaleCopy staleCopy;
    private volatile boolean stopping;
    private volatile boolean restarting;

    /** True if the last session ended before a frame, without a word of its transmitter. */
    private boolean unproven;

    /** True if the last connection ended because nobody used the copy. */
    private boolean rested;

    private final Control control;
    private final LinkState state;
    private final OtherWriter others;
    private volatile String what;

    /**
     * Starts listening.
     *
     * @throws IOException if the port is taken or not permitted, or the address is not this
     *     machine's
     */
    public Receiver(ReceiveSettings settings, LoopContext context) throws IOException {
        this(settings, AdmissionRules.of(settings), context);
    }

    /**
     * Starts listening with rules that differ from the settings.
     *
     * @throws IOException if the port is taken or not permitted, or the address is not this
     *     machine's
     */
    public Receiver(ReceiveSettings settings, AdmissionRules rules, LoopContext context)
            throws IOException {
        this(settings, rules, context, new Listener(checked(settings).at()), null);
    }

    /**
     * Creates a receiver that listens on no port: it connects to the machine that offers a stream,
     * and requests it there.
     *
     * @param settings of the copy
     */
    public static Receiver wanting(
            WantedStream wanted, ReceiveSettings settings, LoopContext context) {
        return new Receiver(
                settings.with(ReceiveSettings.NAME, wanted.copy()),
                AdmissionRules.of(settings),
                context,
                null,
                wanted);
    }

    private static ReceiveSettings checked(ReceiveSettings settings) {
        settings.check();
        return settings;
    }

    private Receiver(
            ReceiveSettings settings,
            AdmissionRules rules,
            LoopContext context,
            @Nullable Listener listener,
            @Nullable WantedStream wanted) {
        settings.check();
        this.demand = wanted == null ? Demand.ALWAYS : wanted.demand();
        this.rules = rules;
        this.directory = context.directory();
        this.localName = settings.find(ReceiveSettings.NAME);
        this.silenceS = settings.get(ReceiveSettings.SILENCE);
        this.wire = settings.get(ReceiveSettings.WIRE);
        this.once = settings.get(ReceiveSettings.ONCE);
        this.onLoss = settings.get(ReceiveSettings.ON_LOSS);
        this.sameCounter =
                settings.get(ReceiveSettings.COUNTER) == ReceiveSettings.CounterOf.SOURCE;
        this.statusKeywords = settings.get(ReceiveSettings.STATUS_KEYWORDS);
        this.waiting = context.waiting().apply(settings.get(LinkSettings.WAIT)).get();
        this.counts = new ReceiverCounts(context.trace());
        this.control = context.control();
        this.state = new LinkState(LinkState.State.WAITING, null, control);
        this.others = new OtherWriter(state, new LimitedLog(LOG::warn, CONTESTED_LINES_AT_ONCE));
        if (listener != null) {
            this.port = settings.get(ReceiveSettings.PORT);
            this.address = listener.address();
            this.tls = rules.tls() != null;
            this.what = "port " + port;
            this.afterwards = "waiting for the next transmitter";
            this.offers = new ConnectionAcceptor(listener, wire, rules, this::isStopping);
        } else if (wanted != null) {
            this.port = wanted.port();
            this.address = wanted.where().describe();
            this.tls = wanted.tls() != null;
            this.what = wanted.copy();
            this.afterwards = "requesting it again";
            this.offers =
                    new OfferRequester(
                            wanted, rules.limits(), state, this::isStopping, this::takeRestart);
        } else {
            throw new IllegalArgumentException("neither a port nor a stream");
        }
    }

    /** Returns the address that it listens on, for example {@code 0.0.0.0:8886}. */
    public String address() {
        return address;
    }

    @Override
    public void stop() {
        stopping = true;
        demand.wake();
    }

    private boolean isStopping() {
        return stopping;
    }

    @Override
    public void restart() {
        restarting = true;
        demand.wake();
    }

    private boolean takeRestart() {
        boolean requested = restarting;
        restarting = false;
        return requested;
    }

    /** True if the current transmitter must no longer be served. */
    private boolean isLeaving() {
        return stopping || restarting || !demand.isThere();
    }

    @Override
    public Traffic traffic() {
        return traffic(counts.rest(offers.refused()));
    }

    private Traffic traffic(String rest) {
        long passed = counts.published.get();
        long skipped = counts.skipped.get();
        return new Traffic(
                what,
                state.now().state().text(),
                passed + skipped,
                passed,
                counts.bytes.get(),
                skipped,
                rest);
    }

    @Override
    public Link link() {
        return glance().withAges(counts.agesLately(), counts.ageCounts());
    }

    @Override
    public Link glance() {
        Link link =
                new Link(
                        Role.RECEIVER,
                        traffic(""),
                        port,
                        tls,
                        state.now(),
                        counts.repeated.get(),
                        counts.damaged.get(),
                        offers.refused(),
                        counts.connections.get(),
                        null,
                        null,
                        counts.clock);
        List<String> origins = offers.origins();
        return origins == null ? link : link.withOrigins(origins);
    }

    @Override
    public Control control() {
        return control;
    }

    @Override
    public void run() {
        control.beginsOn(Processes.ownThreadId());
        MDC.put("port", Integer.toString(port));
        offers.announce(directory);
        try (offers) {
            while (!stopping) {
                IncomingStream offer = offers.next();
                comings.flush();
                losses.flush();
                refusals.flush();
                if (offer != null) {
                    restarting = false;
                    unproven = false;
                    serve(offer);
                    // A transmitter may drop its first connection, if this end was slow to answer.
                    stopping |= once && !restarting && !unproven;
                } else if (staleCopy != null && staleCopy.zeroIfDue()) {
                    source.forget();
                    staleCopy = null;
                }
            }
        }
        state.become(LinkState.State.STOPPED);
    }

    private void serve(IncomingStream offer) {
        String name = localName != null ? localName : offer.source().name();
        MDC.put("stream", name);
        try (Connection _ = offer.connection();
                Arena arena = Arena.ofConfined()) {
            tellComing(offer, offer.connection().peer());
            attend(offer, name, arena);
        } finally {
            offers.serving(null);
            state.become(LinkState.State.WAITING);
            MDC.remove("stream");
        }
    }

    private void tellComing(IncomingStream offer, String peer) {
        comings.add(
                peer
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

    /** Logs what a C program does not send of its stream, once for each name. */
    private void tellOmissions(IncomingStream offer) {
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

    /**
     * Serves one connection. The outcome is logged before the peer can observe it, and a failure
     * ends only this session.
     */
    private void attend(IncomingStream offer, String name, Arena arena) {
        long before = counts.published.get();
        try {
            receive(offer, name, arena);
            if (restarting) {
                comings.add(
                        from(offer, name)
                                + " ended after "
                                + (counts.published.get() - before)
                                + " frames: restarted here on request");
            } else if (!stopping && !demand.isThere()) {
                comings.add(
                        from(offer, name)
                                + " ended after "
                                + (counts.published.get() - before)
                                + " frames: no process uses the copy; frames follow again when"
                                + " one opens it");
            }
        } catch (ConnectionLostException e) {
            state.failed(String.valueOf(e.getMessage()));
            long frames = counts.published.get() - before;
            unproven = frames == 0 && !e.isAnnounced();
            comings.add(
                    from(offer, name)
                            + " ended after "
                            + frames
                            + " frames: "
                            + e.getMessage()
                            + (once && !unproven ? "; done" : "; " + afterwards));
        } catch (Replacements.ContestedException e) {
            state.failed(String.valueOf(e.getMessage()));
            if (e.isNews()) { // too important to be held back
                LOG.warn("{} refused: {}", from(offer, name), e.getMessage());
            }
        } catch (WireException | ImageException | OutOfMemoryError e) {
            state.failed(String.valueOf(e.getMessage()));
            refusals.add(from(offer, name) + " refused: " + e.getMessage());
        } catch (RuntimeException bug) {
            state.failed("an error in this program: " + bug);
            refusals.add(from(offer, name) + " caused an error here: " + bug);
        }
    }

    private static String from(IncomingStream offer, String name) {
        return "'" + name + "' from " + offer.connection().peer();
    }

    private void receive(IncomingStream offer, String name, Arena arena)
            throws ConnectionLostException {
        try {
            IncomingStream another = receiveUntold(offer, name, arena);
            if (another != null) {
                receiveFollowing(another);
            }
        } catch (WireException | ImageException e) {
            if (offer.isNative()) { // before the connection closes
                Reception.tell(offer.connection(), String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    /** Receives the streams that follow on the same connection after the first one ended. */
    private void receiveFollowing(IncomingStream first) throws ConnectionLostException {
        int perSecond = rules.connectionsPerSecond();
        RateLimit limit = perSecond == 0 ? null : newLimit(perSecond);
        IncomingStream offer = first;
        while (offer != null) {
            String source = offer.source().name();
            rules.checkStream(source);
            if (limit != null && !limit.tryPass(Clock.monotonicNs())) {
                throw new WireException("more than " + perSecond + " new streams a second");
            }
            String name = localName != null ? localName : source;
            MDC.put("stream", name);
            tellComing(offer, offer.connection().peer());
            try (Arena arena = Arena.ofConfined()) {
                offer = receiveUntold(offer, name, arena);
            }
        }
    }

    private static RateLimit newLimit(int perSecond) {
        return new RateLimit(perSecond, perSecond, Clock.monotonicNs());
    }

    /** Receives one stream; returns the stream that begins after it, or null. */
    private @Nullable IncomingStream receiveUntold(IncomingStream offer, String name, Arena arena)
            throws ConnectionLostException {
        offer.connection().giveUpAfterSilence(silenceS);
        Session session = session(offer);
        offers.serving(new OfferSource.Served(offer, session));
        long before = delivered();
        try (TargetStream copy =
                new TargetStream(
                        directory,
                        name,
                        offer.source(),
                        status(offer),
                        replacements,
                        others,
                        this::isLeaving)) {
            if (rested) { // which is no loss of the connection
                rested = false;
            } else {
                counts.connections.increment();
            }
            what = name;
            state.connected(offer.connection().peer(), offer.protocol());
            StaleCopy last = staleCopy;
            if (last != null && !last.isOf(name)) {
                last.expire(); // that stream has no transmitter any more
                last = null;
            }
            staleCopy = null;
            source.begin(offer.identity(), offer.cnt0());
            others.forget();
            try {
                demand.mapped(true);
                session.run(copy, arena);
                if (restarting && offer.isNative()) {
                    Reception.tell(offer.connection(), "it was restarted there on request");
                } else if (!stopping && !demand.isThere()) {
                    Reception.tell(offer.connection(), "no process there uses the copy");
                }
            } finally {
                demand.mapped(false);
                // A transmitter that sent no frame changes nothing.
                staleCopy =
                        delivered() == before
                                ? last
                                : new StaleCopy(directory, name, onLoss, sameCounter);
                if (!demand.isThere()) {
                    rested = true;
                    staleCopy = null;
                    source.rest();
                }
            }
        }
        return session instanceof Milk3Session milk3 ? milk3.next() : null;
    }

    /** Returns the number of frames that arrived, new or repeated. */
    private long delivered() {
        return counts.published.get() + counts.repeated.get();
    }

    /**
     * Returns the status keywords; null if not configured. With the C programs' byte stream, each
     * frame overwrites all slots that its source has.
     */
    private @Nullable StatusKeywords status(IncomingStream offer) {
        if (!statusKeywords) {
            return null;
        }
        boolean slotsStay = offer.isNative() || wire == Wire.MILK0;
        String host = offer.connection().remoteAddress().getHostAddress();
        counts.forgetAge();
        return new StatusKeywords(host, counts, slotsStay ? 0 : offer.source().keywordSlots());
    }

    private Session session(IncomingStream offer) {
        MemorySegment prefix = offer.prefix();
        if (prefix != null) {
            return new Milk3Session(
                    offer,
                    prefix,
                    waiting,
                    rules.limits(),
                    source,
                    counts,
                    control,
                    losses,
                    this::isLeaving);
        }
        return offer.isNative()
                ? new NativeSession(
                        offer, waiting, sameCounter, source, counts, control, this::isLeaving)
                : new MilkSession(
                        offer, waiting, wire.variant(), source, counts, control, this::isLeaving);
    }
}
