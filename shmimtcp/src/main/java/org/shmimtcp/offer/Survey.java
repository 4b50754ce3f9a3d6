package org.shmimtcp.offer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HelperThread;
import org.shmimtcp.transport.Endpoint;
import org.shmimtcp.transport.Tls;

/** Asks all machines of a site the same question at the same time. */
public final class Survey {
    /** Time for all answers, so that a user hears within two seconds who did not answer. */
    public static final long TIMEOUT_NS = 1_500_000_000L;

    private Survey() {}

    /**
     * What one machine answered.
     *
     * @param host its role
     * @param content null if it did not answer
     * @param fault why not; empty if it did
     */
    public record Answer<T>(String host, Endpoint where, @Nullable T content, String fault) {}

    /**
     * Asks each machine; those that take longer than the time-out count as silent. A look-up of a
     * name that hangs delays nobody.
     *
     * @param machines where they listen, by their roles
     * @param tls certificates of this end; null for unencrypted connections
     * @return the answers in the order of the machines
     */
    public static <T> List<Answer<T>> ask(
            Question<T> question,
            Map<String, Endpoint> machines,
            @Nullable Tls tls,
            long timeoutNs) {
        Map<String, CompletableFuture<T>> asked = new LinkedHashMap<>();
        long deadlineNs = Clock.monotonicNs() + timeoutNs;
        machines.forEach(
                (host, where) -> asked.put(host, askOne(question, host, where, tls, timeoutNs)));
        List<Answer<T>> answers = new ArrayList<>();
        machines.forEach(
                (host, where) -> answers.add(await(host, where, asked.get(host), deadlineNs)));
        return answers;
    }

    private static <T> CompletableFuture<T> askOne(
            Question<T> question, String host, Endpoint where, @Nullable Tls tls, long timeoutNs) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        HelperThread.start(
                "ask " + host,
                () -> {
                    try {
                        answer.complete(question.ask(where, tls, timeoutNs));
                    } catch (IOException | RuntimeException e) {
                        answer.completeExceptionally(e);
                    }
                });
        return answer;
    }

    private static <T> Answer<T> await(
            String host, Endpoint where, @Nullable CompletableFuture<T> answer, long deadlineNs) {
        if (answer == null) {
            throw new IllegalStateException(host);
        }
        try {
            long leftNs = Math.max(0, deadlineNs - Clock.monotonicNs());
            return new Answer<>(host, where, answer.get(leftNs, TimeUnit.NANOSECONDS), "");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            String reason = cause == null ? null : cause.getMessage();
            return new Answer<>(host, where, null, reason == null ? String.valueOf(cause) : reason);
        } catch (TimeoutException e) {
            return new Answer<>(host, where, null, "no answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer<>(host, where, null, "interrupted");
        }
    }
}
