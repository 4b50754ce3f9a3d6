package org.shmimtcp.offer;

import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps an offer open, as the settings are at present, and retries while it cannot be. */
public final class KeptOffering implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeptOffering.class);
    private static final long RETRY_NS = 2_000_000_000L;

    private final ImageDirectory directory;
    private final Function<LinkEnd, Observer> observers;
    private OfferSettings settings = OfferSettings.NOTHING;
    private @Nullable Offering offering;
    private String said = "";
    private long triedNs;

    /**
     * @param observers makes the observer that publishes the state of a link end
     */
    public KeptOffering(ImageDirectory directory, Function<LinkEnd, Observer> observers) {
        this.directory = directory;
        this.observers = observers;
    }

    /** Offers this from now on. An offer that stays the same is not interrupted. */
    public synchronized void serve(OfferSettings wanted) {
        if (!wanted.equals(settings)) {
            end();
            settings = wanted;
            said = "";
            start();
        }
    }

    private void start() {
        if (settings.isNothing()) {
            return;
        }
        triedNs = Clock.monotonicNs();
        try {
            offering = new Offering(settings, directory, observers);
        } catch (IOException | RuntimeException e) { // such as a certificate that cannot be read
            String fault = e.getMessage() == null ? e.toString() : e.getMessage();
            if (!fault.equals(said)) { // once, not at every retry
                said = fault;
                LOG.warn("nothing is offered on port {}: {}; retrying", settings.port(), fault);
            }
        }
    }

    /** Reads external commands to the transmitters. Call about twenty times a second. */
    public synchronized void tick() {
        Offering there = offering;
        if (there != null) {
            there.tick();
        }
    }

    /** Retries if the offer could not be opened. Call once a second. */
    public synchronized void refresh() {
        Offering there = offering;
        if (there != null) {
            there.refresh();
        } else if (Clock.monotonicNs() - triedNs >= RETRY_NS) {
            start();
        }
    }

    private void end() {
        Offering there = offering;
        offering = null;
        if (there != null) {
            there.close();
        }
    }

    /** Ends the offer. */
    @Override
    public synchronized void close() {
        end();
        settings = OfferSettings.NOTHING;
    }
}
