package org.shmimtcp.receive;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.loop.RateLimit;
import org.shmimtcp.transport.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides who comes in before a byte is read, and how many are heard at once: when all places are
 * taken, the visitor that has kept silent for longest has to go, or one that waits for its turn
 * with nothing but a head. So no number of such visitors keeps a transmitter out.
 */
final class Doorkeeper {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

    /** Each has a thread while it is heard. */
    static final int PLACES = 64;

    /** Threads of visitors that were sent away may need a moment to end. */
    private static final int MAX_THREADS = 2 * PLACES;

    private static final int LINES_AT_ONCE = 10;

    /** Addresses whose rate is known; of more, the one that was longest away is forgotten. */
    private static final int MAX_ADDRESSES = 4096;

    /** The part of an IPv6 address that is one customer's. */
    private static final int IPV6_PREFIX_BYTES = 8;

    private final Rules rules;
    private final LongSupplier clockNs;
    private final LimitedLog refusals = new LimitedLog(LOG::warn, LINES_AT_ONCE);
    private final Set<Visitor> visitors = new LinkedHashSet<>();
    private final AtomicLong refused = new AtomicLong();
    private int threads;

    private final Map<InetAddress, RateLimit> rates =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<InetAddress, RateLimit> eldest) {
                    return size() > MAX_ADDRESSES;
                }
            };

    /** Somebody who has not been sent away yet. */
    static final class Visitor {
        private final Connection connection;
        private boolean heard;
        private boolean headOnly;
        private boolean evicted;

        private Visitor(Connection connection) {
            this.connection = connection;
        }
    }

    Doorkeeper(Rules rules, LongSupplier clockNs) {
        this.rules = rules;
        this.clockNs = clockNs;
    }

    /** Visitors sent away. */
    long refused() {
        return refused.get();
    }

    /** Sends a visitor away, at once and without a word to it. */
    void refuse(Connection visitor, String reason) {
        visitor.close();
        refusals.add("refused " + visitor.peer() + ": " + reason);
        refused.incrementAndGet();
    }

    /** To be called now and then, for lines that were held back. */
    void look() {
        refusals.look();
    }

    /** Lets a visitor in, or sends it away and returns null. */
    synchronized @Nullable Visitor admit(Connection connection) {
        InetAddress address = connection.remoteAddress();
        String fault = null;
        if (!rules.allows(address)) {
            fault = "its address is not among those of --allow";
        } else if (!isWithinRate(address)) {
            fault = "more than " + rules.connectionsPerSecond() + " connections a second";
        } else if (threads >= MAX_THREADS || (visitors.size() >= PLACES && !evictOldest())) {
            fault = "too many visitors at once";
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

    private boolean isWithinRate(InetAddress address) {
        int limit = rules.connectionsPerSecond();
        long nowNs = clockNs.getAsLong();
        return limit == 0
                || rates.computeIfAbsent(network(address), n -> new RateLimit(limit, limit, nowNs))
                        .tryPass(nowNs);
    }

    private static InetAddress network(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        java.util.Arrays.fill(bytes, IPV6_PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (java.net.UnknownHostException impossible) { // the length is right
            throw new AssertionError(impossible);
        }
    }

    /** First one that says nothing, then one that has said its head and no more. */
    private boolean evictOldest() {
        return evictOldest(visitor -> !visitor.heard) || evictOldest(visitor -> visitor.headOnly);
    }

    private boolean evictOldest(Predicate<Visitor> candidate) {
        for (Iterator<Visitor> each = visitors.iterator(); each.hasNext(); ) {
            Visitor oldest = each.next();
            if (candidate.test(oldest)) {
                oldest.evicted = true;
                oldest.connection.shutdown(); // its thread wakes up, and closes it
                each.remove();
                return true;
            }
        }
        return false;
    }

    /** The visitor waits for its turn, and so far a head is all that it has sent, or not. */
    synchronized void waits(Visitor visitor, boolean headOnly) {
        visitor.headOnly = headOnly;
    }

    /** The visitor has said its head and need no longer make room; false if it had to before. */
    synchronized boolean heard(Visitor visitor) {
        visitor.heard = true;
        return !visitor.evicted;
    }

    /** True if the visitor was made to go for another one. */
    synchronized boolean wasEvicted(Visitor visitor) {
        return visitor.evicted;
    }

    /** The visitor's thread ends. */
    synchronized void leave(Visitor visitor) {
        visitors.remove(visitor);
        threads--;
    }
}
