package org.shmimtcp.receive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.Listener;

class AdmissionControlTest {
    private final Listener listener =
            new Listener(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    private final int port;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private long nowNs;

    AdmissionControlTest() throws IOException {
        String address = listener.address();
        port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        opened.add(listener);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    private AdmissionControl admission(int perSecond, String... allowed) {
        List<AddressRange> ranges =
                java.util.Arrays.stream(allowed).map(AddressRange::parse).toList();
        AdmissionRules d = AdmissionRules.DEFAULT;
        return new AdmissionControl(
                new AdmissionRules(
                        ranges, d.only(), d.limits(), perSecond, d.headTimeoutNs(), null),
                () -> nowNs);
    }

    /** Returns a connection from that address of this machine. */
    private Connection visitor(String from) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.ofLiteral(from), 0);
        opened.add(socket);
        Connection connection = null;
        while (connection == null) {
            connection = listener.accept(() -> false);
        }
        opened.add(connection);
        return connection;
    }

    private static boolean isOpen(Connection connection) {
        return !connection.isPeerGone();
    }

    @Test
    void strangersAreClosedAtOnce() throws IOException {
        AdmissionControl admission = admission(0, "127.0.0.2", "fd00::/8");
        assertThat(admission.admit(visitor("127.0.0.2"))).isNotNull();
        Connection stranger = visitor("127.0.0.3");
        assertThat(admission.admit(stranger)).isNull();
        assertThat(isOpen(stranger)).isFalse();
        assertThat(admission.refused()).isEqualTo(1);
    }

    @Test
    void aHurryIsClosedAtOnceAndOthersAreNot() throws IOException {
        AdmissionControl admission = admission(3);
        int admitted = 0;
        for (int i = 0; i < 10; i++) {
            admitted += admission.admit(visitor("127.0.0.2")) != null ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(3);
        assertThat(admission.refused()).isEqualTo(7);
        assertThat(admission.admit(visitor("127.0.0.3"))).isNotNull();
        nowNs += 1_000_000_000L;
        assertThat(admission.admit(visitor("127.0.0.2"))).isNotNull();
    }

    @Test
    void whoIsSilentForLongestMakesRoom() throws IOException {
        AdmissionControl admission = admission(0);
        List<Connection> connections = new ArrayList<>();
        List<AdmissionControl.@Nullable Visitor> visitors = new ArrayList<>();
        for (int i = 0; i < AdmissionControl.PLACES; i++) {
            connections.add(visitor("127.0.0.1"));
            visitors.add(admission.admit(connections.getLast()));
        }
        assertThat(visitors).doesNotContainNull();
        AdmissionControl.Visitor first = java.util.Objects.requireNonNull(visitors.getFirst());
        AdmissionControl.Visitor second = java.util.Objects.requireNonNull(visitors.get(1));
        assertThat(admission.heard(first)).isTrue();
        assertThat(admission.admit(visitor("127.0.0.1"))).isNotNull();
        assertThat(connections).first().matches(AdmissionControlTest::isOpen);
        assertThat(connections.get(1)).matches(connection -> !isOpen(connection));
        assertThat(connections.get(2)).matches(AdmissionControlTest::isOpen);
        assertThat(admission.wasEvicted(second)).isTrue();
        assertThat(admission.heard(second)).isFalse();
        assertThat(admission.wasEvicted(first)).isFalse();
    }

    @Test
    void whenAllHaveSpokenTheNewOneIsRefused() throws IOException {
        AdmissionControl admission = admission(0);
        List<AdmissionControl.Visitor> visitors = new ArrayList<>();
        for (int i = 0; i < AdmissionControl.PLACES; i++) {
            AdmissionControl.Visitor visitor =
                    java.util.Objects.requireNonNull(admission.admit(visitor("127.0.0.1")));
            admission.heard(visitor);
            visitors.add(visitor);
        }
        assertThat(admission.admit(visitor("127.0.0.1"))).isNull();
        admission.leave(visitors.get(3));
        assertThat(admission.admit(visitor("127.0.0.1"))).isNotNull();
    }
}
