package org.shmimtcp.receive;

import java.net.InetAddress;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.transport.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits or refuses connections before a byte is read, and limits how many are handled at once.
 * When all places are taken, the visitor that has been silent longest is evicted. If none is
 * silent, one that has sent only a head and waits for its turn is evicted. So no number of such
 * visitors can keep a transmitter out.
 */
final class AdmissionControl {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

    /** Maximum number of visitors. Each has a thread until it is served or refused. */
    static final int PLACES = 64;

    /** Threads of evicted visitors may need a moment to end. */
    private static final int MAX_THREADS = 2 * PLACES;

    private static final int LINES_AT_ONCE = 10;

    private final AdmissionRules rules;
    private final LongSupplier clockNs;
    private final ConnectionRates rates;
    private final LimitedLog refusals = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final Set<Visitor> visitors = new LinkedHashSet<>();
    private final AtomicLong refused = new AtomicLong();
    private int threads;

    /** A connection that has not been refused. */
    static final class Visitor {
        private final Connection connection;
        private boolean heard;
        private boolean headOnly;
        private boolean evicted;

        private Visitor(Connection connection) {
            this.connection = connection;
        }
    }

    AdmissionControl(AdmissionRules rules, LongSupplier clockNs) {
        this.rules = rules;
        this.clockNs = clockNs;
        this.rates = new ConnectionRates(rules.connectionsPerSecond());
    }

    /** Returns the number of connections refused. */
    long refused() {
        return refused.get();
    }

    /** Closes a connection immediately, without sending anything. */
    void refuse(Connection visitor, String reason) {
        visitor.close();
        refusals.add("refused " + visitor.peer() + ": " + reason);
        refused.incrementAndGet();
    }

    /** Logs lines that were held back. Call now and then. */
    void flushLog() {
        refusals.flush();
    }

    /** Admits a connection; or refuses it and returns null. */
    synchronized @Nullable Visitor admit(Connection connection) {
        InetAddress address = connection.remoteAddress();
        String fault = null;
        if (!rules.allows(address)) {
            fault = "its address is not allowed here";
        } else if (!rates.tryPass(address, clockNs.getAsLong())) {
            fault = "more than " + rules.connectionsPerSecond() + " connections a second";
        } else if (threads >= MAX_THREADS || (visitors.size() >= PLACES && !evictOldest())) {
            fault = "too many connections at once";
        }
        if (fault != null) {
            refuse(connection, fault);
            return null;
        }
        Visitor visitor = new Visitor(connection);
        visitors.add(visitor);
        threads++;
        return visitor;
    }

    /** Evicts the oldest silent visitor, or else the oldest that has sent only a head. */
    private boolean evictOldest() {
        return evictOldest(visitor -> !visitor.heard) || evictOldest(visitor -> visitor.headOnly);
    }

    private boolean evictOldest(Predicate<Visitor> candidate) {
        for (Iterator<Visitor> each = visitors.iterator(); each.hasNext(); ) {
            Visitor oldest = each.next();
            if (candidate.test(oldest)) {
                oldest.evicted = true;
                oldest.connection.shutdown(); // its thread wakes and closes it
                each.remove();
                return true;
            }
        }
        return false;
    }

    /** Records that the visitor waits for its turn, and whether it has sent only a head so far. */
    synchronized void waits(Visitor visitor, boolean headOnly) {
        visitor.headOnly = headOnly;
    }

    /**
     * Records that the visitor has sent its head, so it is no longer evicted as silent. Returns
     * false if it was evicted before.
     */
    synchronized boolean heard(Visitor visitor) {
        visitor.heard = true;
        return !visitor.evicted;
    }

    /** True if the visitor was evicted to make room. */
    synchronized boolean wasEvicted(Visitor visitor) {
        return visitor.evicted;
    }

    /** Releases the place of a visitor whose thread ends. */
    synchronized void leave(Visitor visitor) {
        visitors.remove(visitor);
        threads--;
    }
}
