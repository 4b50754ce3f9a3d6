package org.shmimtcp.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel holds for the peer of one of this process's connections, for connections of the
 * JDK's own channels, which do not tell their descriptor. Not thread-safe.
 */
public final class PeerQueue {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private final InetSocketAddress peer;
    private @Nullable TcpSocket socket;

    /**
     * @param peer address and port of the other end
     */
    public PeerQueue(InetSocketAddress peer) {
        this.peer = peer;
    }

    /**
     * Returns the number of bytes that were sent and that the peer's kernel has not acknowledged; 0
     * if the connection has ended.
     */
    public int unacknowledgedBytes() {
        TcpSocket now = socket;
        if (now == null || !isOfPeer(now)) { // the descriptor may belong to another file by now
            now = find();
            socket = now;
        }
        return now == null ? 0 : now.unacknowledgedBytes();
    }

    private @Nullable TcpSocket find() {
        try (Stream<Path> all = Files.list(DESCRIPTORS)) {
            return all.map(path -> Integer.parseInt(path.getFileName().toString()))
                    .map(TcpSocket::ofOther)
                    .filter(this::isOfPeer)
                    .findFirst()
                    .orElse(null);
        } catch (IOException | UncheckedIOException e) {
            return null;
        }
    }

    private boolean isOfPeer(TcpSocket one) {
        try {
            return peer.equals(one.remoteAddress());
        } catch (IOException notConnected) {
            return false;
        }
    }
}
