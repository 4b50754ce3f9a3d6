package org.shmimtcp.web;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;

/**
 * Limits the connections of the web server, so that no client can keep others out by holding many.
 * A connection is waiting while its request is incomplete or was not admitted. Waiting connections
 * are closed after a while, and earlier if others need the place. Requests being served, which may
 * be long-lived, are limited in number. {@code /health} is not limited, so it is always answered.
 *
 * <p>Jetty's own limits do not suffice: its idle time-out restarts with every byte, its minimum
 * data rate applies to bodies only, and its connection limit keeps every new client out.
 */
final class Visitors extends Handler.Wrapper {
    /**
     * Deadline for the whole head of a request, counted from the start of the connection or the end
     * of the last answer.
     */
    static final long HEAD_NS = 5_000_000_000L;

    /** Limit for waiting connections. */
    private static final int MAX_WAITING = 96;

    private static final int MAX_WAITING_OF_ONE = 48;

    /** Limit for requests being served. Each browser has two or three long-lived ones. */
    private static final int MAX_SERVED = 160;

    private static final int MAX_SERVED_OF_ONE = 96;

    private static final int IPV6_PREFIX_BYTES = 8;

    /** A connection. */
    private static final class Visitor {
        final EndPoint connection;
        final Object address;
        boolean served;
        long sinceNs = Clock.monotonicNs();

        Visitor(EndPoint connection) {
            this.connection = connection;
            this.address = addressOf(connection);
        }
    }

    private final IdentityHashMap<EndPoint, Visitor> visitors = new IdentityHashMap<>();

    /**
     * Returns the key by which clients are counted: the IPv4 address, or the first 64 bits of an
     * IPv6 address, because one host can use all addresses with the same 64 bits.
     */
    private static Object addressOf(EndPoint connection) {
        if (!(connection.getRemoteSocketAddress() instanceof InetSocketAddress remote)) {
            return "unknown";
        }
        InetAddress address = remote.getAddress();
        if (!(address instanceof Inet6Address)) {
            return Objects.requireNonNullElse(address, "unknown");
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, IPV6_PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // the length is valid
        }
    }

    /** Registers a connection. If too many are waiting, closes the one that has waited longest. */
    void opened(EndPoint connection) {
        List<Visitor> leaving;
        synchronized (this) {
            Visitor visitor = new Visitor(connection);
            visitors.put(connection, visitor);
            leaving = removeLate();
            if (waiting(visitor.address) > MAX_WAITING_OF_ONE) {
                removeOldest(visitor.address, leaving);
            } else if (waiting(null) > MAX_WAITING) {
                removeOldest(null, leaving);
            }
        }
        leaving.forEach(visitor -> visitor.connection.close());
    }

    synchronized void closed(EndPoint connection) {
        visitors.remove(connection);
    }

    /** Closes connections whose request is overdue. Call once a second. */
    void closeLate() {
        List<Visitor> late;
        synchronized (this) {
            late = removeLate();
        }
        late.forEach(visitor -> visitor.connection.close());
    }

    private List<Visitor> removeLate() {
        long nowNs = Clock.monotonicNs();
        List<Visitor> late = new ArrayList<>();
        for (Visitor visitor : visitors.values()) {
            if (!visitor.served && nowNs - visitor.sinceNs > HEAD_NS) {
                late.add(visitor);
            }
        }
        late.forEach(visitor -> visitors.remove(visitor.connection));
        return late;
    }

    private void removeOldest(@Nullable Object address, List<Visitor> leaving) {
        Visitor oldest = null;
        for (Visitor visitor : visitors.values()) {
            boolean chosen =
                    !visitor.served && (address == null || address.equals(visitor.address));
            if (chosen && (oldest == null || visitor.sinceNs - oldest.sinceNs < 0)) {
                oldest = visitor;
            }
        }
        if (oldest != null) {
            visitors.remove(oldest.connection);
            leaving.add(oldest);
        }
    }

    private int waiting(@Nullable Object address) {
        return count(false, address);
    }

    private int count(boolean served, @Nullable Object address) {
        int count = 0;
        for (Visitor visitor : visitors.values()) {
            if (visitor.served == served && (address == null || address.equals(visitor.address))) {
                count++;
            }
        }
        return count;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (Request.getPathInContext(request).equals(Pages.HEALTH)) {
            return super.handle(request, response, callback);
        }
        EndPoint connection = connection(request);
        Visitor visitor = find(connection);
        if (visitor == null) { // closed a moment ago, after too long a pause: a browser tries again
            connection.close();
            callback.failed(new ClosedChannelException());
            return true;
        }
        if (!enter(visitor)) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, 1);
            Gate.refuse(
                    response,
                    callback,
                    HttpStatus.SERVICE_UNAVAILABLE_503,
                    "too many requests at once: close some pages");
            return true;
        }
        Callback leaving = Callback.from(callback, () -> leave(visitor));
        try {
            return super.handle(request, response, leaving);
        } catch (Throwable e) {
            leave(visitor);
            throw e;
        }
    }

    private static EndPoint connection(Request request) {
        EndPoint connection = request.getConnectionMetaData().getConnection().getEndPoint();
        while (connection instanceof EndPoint.Wrapper wrapper) { // TLS
            connection = wrapper.unwrap();
        }
        return connection;
    }

    private synchronized @Nullable Visitor find(EndPoint connection) {
        return visitors.get(connection);
    }

    /** False if too many requests are being answered. */
    private synchronized boolean enter(Visitor visitor) {
        if (count(true, null) >= MAX_SERVED || count(true, visitor.address) >= MAX_SERVED_OF_ONE) {
            return false;
        }
        visitor.served = true;
        return true;
    }

    private synchronized void leave(Visitor visitor) {
        visitor.served = false;
        visitor.sinceNs = Clock.monotonicNs();
    }
}
