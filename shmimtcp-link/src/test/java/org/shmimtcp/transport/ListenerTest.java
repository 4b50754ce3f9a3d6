package org.shmimtcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.posix.TcpSocket;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.Programs;

@Timeout(60)
class ListenerTest {
    private static final Duration DEADLINE = Duration.ofSeconds(20);

    /** Connects, and returns the client's address as the listener sees it. */
    private static InetAddress seen(InetAddress bind, Endpoint to) throws IOException {
        AtomicReference<@Nullable Connection> accepted = new AtomicReference<>();
        try (Listener listener = new Listener(new InetSocketAddress(bind, to.port()));
                Connection ours = Connection.connect(to, () -> false)) {
            Await.until(
                    DEADLINE,
                    "a connection to " + ours.peer(),
                    () -> {
                        try {
                            accepted.set(listener.accept(() -> false));
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                        return accepted.get() != null;
                    });
            try (Connection theirs = Objects.requireNonNull(accepted.get())) {
                return theirs.remoteAddress();
            }
        }
    }

    /**
     * An IPv4 client has an IPv4 address at a dual-stack listener, so address rules apply to it.
     */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void allAddressesAreThoseOfBothVersions(String address) throws IOException {
        Endpoint to = new Endpoint(address, Programs.freePort());
        assertThat(seen(Listener.ALL_ADDRESSES, to)).isEqualTo(InetAddress.ofLiteral(address));
    }

    @Test
    void allAddressesAreSaidShortly() throws IOException {
        int port = Programs.freePort();
        try (Listener listener =
                new Listener(new InetSocketAddress(Listener.ALL_ADDRESSES, port))) {
            assertThat(listener.address()).isEqualTo("*:" + port);
        }
    }

    /** Uses any interface of this machine; OutageIT has a cable of its own. */
    @Test
    void aLinkLocalAddressKeepsItsInterface() throws IOException {
        Inet6Address own = linkLocal();
        assumeTrue(own != null, "no interface here has a link-local address");
        Endpoint to = new Endpoint(own.getHostAddress(), Programs.freePort());
        InetAddress seen = seen(own, to);
        assertThat(seen).isEqualTo(own);
        assertThat(((Inet6Address) seen).getScopeId()).isEqualTo(own.getScopeId());
    }

    @Test
    void shutdownEndsAccepting() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (Listener listener = new Listener(new InetSocketAddress(loopback, 0))) {
            CompletableFuture<Void> accepting = inBackground(() -> listener.accept(() -> false));
            listener.shutdown();
            assertThat(accepting)
                    .failsWithin(DEADLINE)
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(IOException.class);
        }
    }

    @Test
    void withoutTicksReceivingLastsUntilDataOrShutdown() throws Exception {
        Endpoint to = new Endpoint("127.0.0.1", Programs.freePort());
        try (Arena arena = Arena.ofShared();
                Listener listener =
                        new Listener(
                                new InetSocketAddress(
                                        InetAddress.getLoopbackAddress(), to.port()));
                Connection ours = Connection.connect(to, () -> false);
                Connection theirs = Objects.requireNonNull(listener.accept(() -> false))) {
            MemorySegment memory = arena.allocate(Long.BYTES);
            AtomicInteger returns = new AtomicInteger();
            theirs.receiveWithoutTicks();
            CompletableFuture<Void> receiving =
                    inBackground(() -> {
                        theirs.receive(memory.address(), Long.BYTES);
                        returns.incrementAndGet();
                    });
            Await.time(Duration.ofMillis(5 * TcpSocket.TICK_MS));
            assertThat(returns).hasValue(0);
            ours.send(memory.address(), Long.BYTES, DEADLINE.toNanos());
            Await.until(DEADLINE, "data", () -> returns.get() == 1);
            theirs.shutdown();
            assertThat(receiving)
                    .failsWithin(DEADLINE)
                    .withThrowableOfType(ExecutionException.class)
                    .withCauseInstanceOf(ConnectionLostException.class);
        }
    }

    private interface Call {
        void perform() throws IOException;
    }

    /** Repeats a call until it fails. */
    private static CompletableFuture<Void> inBackground(Call call) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    try {
                        while (true) {
                            call.perform();
                        }
                    } catch (IOException e) {
                        end.completeExceptionally(e);
                    }
                });
        return end;
    }

    @SuppressWarnings("NullAway") // null if there is none
    private static Inet6Address linkLocal() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(a -> a instanceof Inet6Address && a.isLinkLocalAddress())
                .map(Inet6Address.class::cast)
                .findFirst()
                .orElse(null);
    }
}
