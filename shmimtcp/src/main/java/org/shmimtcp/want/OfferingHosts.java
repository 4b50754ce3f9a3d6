package org.shmimtcp.want;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.offer.Question;
import org.shmimtcp.offer.Survey;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.Catalogue;

/**
 * The other hosts of a site, and what they offer, asked at most once a second for all who want to
 * know.
 */
public final class OfferingHosts {
    private static final long KEPT_NS = 1_000_000_000L;
    private static final long POLL_MS = 200;

    private final Map<String, Endpoint> machines;
    private final int port;
    private final @Nullable Tls tls;
    private @Nullable CompletableFuture<List<Survey.Answer<Catalogue>>> asked;
    private long askedNs;

    /**
     * @param machines where they offer streams, by their roles
     * @param port that all of them use
     * @param tls certificates of this end; null for unencrypted connections
     */
    public OfferingHosts(Map<String, Endpoint> machines, int port, @Nullable Tls tls) {
        this.machines = new LinkedHashMap<>(machines);
        this.port = port;
        this.tls = tls;
    }

    public Set<String> roles() {
        return machines.keySet();
    }

    int port() {
        return port;
    }

    @Nullable Tls tls() {
        return tls;
    }

    /**
     * Returns where a host offers streams.
     *
     * @throws IllegalArgumentException if the site has no such host
     */
    Endpoint of(String role) {
        Endpoint where = machines.get(role);
        if (where == null) {
            throw new IllegalArgumentException(
                    "no host '" + role + "'; there are " + String.join(", ", machines.keySet()));
        }
        return where;
    }

    /**
     * Asks all of them, which takes up to 1.5 s.
     *
     * @param stopped true if the answers are no longer needed
     * @throws IOException if stopped
     */
    List<Survey.Answer<Catalogue>> ask(BooleanSupplier stopped) throws IOException {
        CompletableFuture<List<Survey.Answer<Catalogue>>> answers = asked();
        while (!stopped.getAsBoolean()) {
            try {
                return answers.get(POLL_MS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException notYet) {
                // asks whether it was stopped
            } catch (ExecutionException e) {
                throw new IOException(String.valueOf(e.getCause()), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new IOException("stopped");
    }

    private synchronized CompletableFuture<List<Survey.Answer<Catalogue>>> asked() {
        long nowNs = Clock.monotonicNs();
        CompletableFuture<List<Survey.Answer<Catalogue>>> there = asked;
        if (there != null && (!there.isDone() || nowNs - askedNs < KEPT_NS)) {
            return there;
        }
        CompletableFuture<List<Survey.Answer<Catalogue>>> made = new CompletableFuture<>();
        asked = made;
        askedNs = nowNs;
        HelperThread.start(
                "ask hosts",
                () -> {
                    try {
                        made.complete(
                                Survey.ask(Question.CATALOGUE, machines, tls, Survey.TIMEOUT_NS));
                    } catch (RuntimeException e) {
                        made.completeExceptionally(e);
                    }
                });
        return made;
    }
}
