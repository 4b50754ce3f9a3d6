package org.shmimtcp.receive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.transport.Listener;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections on one port, admits or refuses each, verifies its certificate, and meets it
 * on a thread of its own, so that a silent or malformed visitor costs nobody else any time.
 */
public final class Reception implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);

    private static final long ANSWER_NS = 1_000_000_000L;

    /** What happens to an admitted visitor. */
    public interface Host {
        /**
         * Hears a visitor, on a thread of its own; then closes the connection or passes it on.
         *
         * @throws IOException if the visitor must be refused; its message is the reason
         */
        void meet(Visit visit) throws IOException;
    }

    /** An admitted visitor. */
    public final class Visit {
        private final AdmissionControl.Visitor visitor;
        private final long deadlineNs;
        private Connection connection;

        private Visit(AdmissionControl.Visitor visitor, Connection connection, long deadlineNs) {
            this.visitor = visitor;
            this.connection = connection;
            this.deadlineNs = deadlineNs;
        }

        /** Returns the connection, encrypted if the rules demand it. */
        public Connection connection() {
            return connection;
        }

        /** Returns when the visitor must have said what it wants. */
        public long deadlineNs() {
            return deadlineNs;
        }

        /**
         * Records that the visitor has said what it wants, so it is no longer evicted as silent.
         * Returns false if it was evicted before.
         */
        public boolean heard() {
            return admission.heard(visitor);
        }

        /**
         * Records that the visitor waits, and whether it may be evicted when all places are taken.
         */
        public void waits(boolean evictable) {
            admission.waits(visitor, evictable);
        }

        /** True if the visitor was evicted to make room. */
        public boolean wasEvicted() {
            return admission.wasEvicted(visitor);
        }

        /** Closes the connection, and logs and counts the refusal. */
        public void refuse(String reason) {
            admission.refuse(connection, reason);
        }
    }

    private final Listener listener;
    private final AdmissionRules rules;
    private final AdmissionControl admission;
    private final Host host;
    private final BooleanSupplier stopped;
    private final Thread thread;
    private volatile boolean closed;

    /**
     * @param listener closed with this
     */
    public Reception(Listener listener, AdmissionRules rules, Host host, BooleanSupplier stopped) {
        this.listener = listener;
        this.rules = rules;
        this.admission = new AdmissionControl(rules, Clock::monotonicNs);
        this.host = host;
        this.stopped = stopped;
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("accept")
                        .unstarted(HelperThread.onAnyCpu(this::accept));
    }

    /** Starts accepting. */
    public void start() {
        thread.start();
    }

    /** Returns the number of connections refused. */
    public long refused() {
        return admission.refused();
    }

    /** True if visitors must go. */
    public boolean isOver() {
        return closed || stopped.getAsBoolean();
    }

    private void accept() {
        while (!isOver()) {
            try {
                Connection visitor = listener.accept(this::isOver);
                if (visitor != null) {
                    meet(visitor);
                }
                admission.flushLog();
            } catch (IOException | OutOfMemoryError e) { // out of threads or descriptors
                if (isOver()) {
                    return;
                }
                LOG.warn("cannot accept a connection: {}", e.getMessage());
                Backoff.sleep(1_000_000_000L, this::isOver);
            }
        }
    }

    private void meet(Connection connection) {
        AdmissionControl.Visitor visitor = admission.admit(connection);
        if (visitor == null) {
            return;
        }
        try {
            Thread.ofPlatform()
                    .daemon()
                    .name("meet " + connection.peer())
                    .start(() -> meet(visitor, connection));
        } catch (OutOfMemoryError noThread) {
            admission.leave(visitor);
            connection.close();
            throw noThread;
        }
    }

    private void meet(AdmissionControl.Visitor visitor, Connection connection) {
        Visit visit = new Visit(visitor, connection, Clock.monotonicNs() + rules.headTimeoutNs());
        try {
            Tls tls = rules.tls();
            if (tls != null) {
                visit.connection = tls.server(connection, rules.headTimeoutNs());
            }
            host.meet(visit);
        } catch (IOException e) {
            visit.refuse(
                    visit.wasEvicted()
                            ? "sent nothing while others were waiting"
                            : String.valueOf(e.getMessage()));
        } catch (RuntimeException | OutOfMemoryError e) { // an error must end only this connection
            visit.refuse("cannot be heard: " + e);
        } finally {
            admission.leave(visitor);
        }
    }

    /** Tells a peer that speaks the native protocol why it is refused. */
    public static void tell(Connection visitor, String reason) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment message = arena.allocate(Message.MAX_SMALL_BYTES, 8);
            long bytes = Message.text(message, Message.REFUSED, reason);
            visitor.send(message.address(), bytes, ANSWER_NS);
        } catch (ConnectionLostException gone) {
            // nobody is left to be told
        }
    }

    /** Waits for the accepting thread first, because the socket's descriptor may be reused. */
    @Override
    public void close() {
        closed = true;
        listener.shutdown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        listener.close();
    }
}
