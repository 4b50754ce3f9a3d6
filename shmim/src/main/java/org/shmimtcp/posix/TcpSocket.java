package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * A TCP socket whose calls block for at most one tick.
 *
 * <p>The JDK's channels hide their file descriptor. That hides the amount not yet sent, the limit
 * on it, and {@code MSG_WAITALL}, which receives a frame with one system call. The tick
 * (SO_RCVTIMEO and SO_SNDTIMEO) lets the owning thread return from a silent connection without a
 * second system call per frame.
 *
 * <p>One thread owns a socket. Other threads may call only {@link #shutdown}.
 */
public final class TcpSocket implements AutoCloseable {
    /**
     * The time for which a call blocks before it returns {@code -EAGAIN}, or less than requested.
     */
    public static final int TICK_MS = 100;

    private static final MemorySegment RECV = Libc.function("recv");
    private static final MemorySegment SEND = Libc.function("send");
    private static final MemorySegment SETSOCKOPT = Libc.function("setsockopt");
    private static final MemorySegment GETSOCKOPT = Libc.function("getsockopt");
    private static final MemorySegment IOCTL = Libc.function("ioctl");

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_RCVTIMEO = 20;
    private static final int SO_SNDTIMEO = 21;
    private static final int IPPROTO_TCP = 6;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;
    private static final int TCP_NODELAY = 1;
    private static final int TCP_WINDOW_CLAMP = 10;
    private static final int TCP_QUICKACK = 12;

    /** An even value of TCP_QUICKACK, which delays again what follows. */
    private static final int SEND_THEN_DELAY = 2;

    private static final int TCP_INFO = 11;
    private static final int TCP_CONGESTION = 13;
    private static final int TCP_USER_TIMEOUT = 18;

    /** Silence in seconds after which a peer is given up, until {@link #probeFor} is called. */
    public static final int DEFAULT_SILENCE_S = 4;

    /** The offset in struct tcp_info of the time since the last acknowledgement, ms. */
    private static final int LAST_ACK_RECV = 56;

    private static final int TCP_INFO_BYTES = 64;
    private static final int SO_KEEPALIVE = 9;
    private static final int TCP_KEEPIDLE = 4;
    private static final int TCP_KEEPINTVL = 5;
    private static final int TCP_KEEPCNT = 6;
    private static final int MSG_PEEK = 0x2;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_WAITALL = 0x100;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int SHUT_RDWR = 2;
    private static final int SIOCOUTQ = 0x5411;
    private static final int SIOCINQ = 0x541b;

    /**
     * The number of connections that the kernel queues until they are accepted; further ones retry.
     */
    private static final int BACKLOG = 128;

    /**
     * The congestion control that every kernel has. BBR, the default of many kernels, paces the
     * bytes for the benefit of shared networks; on a dedicated link that halves the speed of large
     * frames.
     */
    private static final String UNPACED = "reno";

    /** The offset of the scope id in struct sockaddr_in6. */
    private static final int SCOPE_AT = 24;

    private final int fd;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment scratch = arena.allocate(TCP_INFO_BYTES + Long.BYTES, 8);
    private boolean closed;

    private TcpSocket(int fd) {
        this.fd = fd;
    }

    /** Returns a view of a descriptor that somebody else has opened, and closes. */
    static TcpSocket ofOther(int fd) {
        return new TcpSocket(fd);
    }

    /**
     * All addresses of this machine, IPv4 included. The address of a connection over IPv4 is always
     * returned as an IPv4 address.
     */
    public static final InetAddress ALL_ADDRESSES = allAddresses();

    private static InetAddress allAddresses() {
        try {
            return InetAddress.getByAddress(new byte[16]);
        } catch (UnknownHostException impossible) { // the length is right
            throw new AssertionError(impossible);
        }
    }

    /**
     * Listens on an address, or on {@link #ALL_ADDRESSES}; port 0 takes any free one.
     *
     * @throws IOException if it cannot listen, with the reason as its message
     */
    public static TcpSocket listen(InetSocketAddress at) throws IOException {
        boolean all = at.getAddress().equals(ALL_ADDRESSES);
        if (all && !hasVersion6()) {
            InetAddress version4 = InetAddress.getByAddress(new byte[4]);
            return listen(new InetSocketAddress(version4, at.getPort()));
        }
        TcpSocket socket = open(at.getAddress());
        try {
            if (all) { // whatever this machine's default
                socket.setOption(IPPROTO_IPV6, IPV6_V6ONLY, 0);
            }
            socket.setOption(SOL_SOCKET, SO_REUSEADDR, 1);
            MemorySegment address = socket.sockaddr(at);
            socket.check("bind", address.address(), address.byteSize());
            socket.check("listen", BACKLOG, 0);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Returns true if the kernel supports IPv6; it may have been built, or started, without it. */
    private static boolean hasVersion6() {
        long fd = Libc.call(Libc.function("socket"), AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0) {
            Libc.call(Libc.function("close"), fd, 0);
        }
        return fd != -Errno.EAFNOSUPPORT;
    }

    /**
     * Creates a socket to {@link #connect}.
     *
     * @param family an address of the family to use
     */
    public static TcpSocket open(InetAddress family) throws IOException {
        int domain = family instanceof Inet4Address ? AF_INET : AF_INET6;
        TcpSocket socket =
                new TcpSocket(
                        (int)
                                checked(
                                        Libc.call(
                                                Libc.function("socket"),
                                                domain,
                                                SOCK_STREAM | SOCK_CLOEXEC,
                                                0)));
        socket.prepare();
        return socket;
    }

    /**
     * Connects, for at most one tick.
     *
     * @return true once connected, false while connecting continues: call again
     * @throws IOException if the connection failed, with the reason as its message
     */
    public boolean connect(InetSocketAddress to) throws IOException {
        MemorySegment address = sockaddr(to);
        long result =
                Libc.call(Libc.function("connect"), fd, address.address(), address.byteSize());
        if (result == -Errno.EINPROGRESS || result == -Errno.EALREADY || result == -Errno.EINTR) {
            return false;
        }
        checked(result);
        return true;
    }

    /** Accepts the next connection; returns null if none came within a tick. */
    public @Nullable TcpSocket accept() throws IOException {
        long result = Libc.call(Libc.function("accept4"), fd, 0, 0, SOCK_CLOEXEC);
        if (result == -Errno.EAGAIN || result == -Errno.EINTR || result == -Errno.ECONNABORTED) {
            return null;
        }
        TcpSocket socket = new TcpSocket((int) checked(result));
        socket.prepare();
        return socket;
    }

    /**
     * Sets the tick. Frames are sent at once, not when a segment is full. The kernel probes a
     * silent peer every second; see {@link #probeFor}.
     */
    private void prepare() throws IOException {
        try {
            setOption(IPPROTO_TCP, TCP_NODELAY, 1);
            setOption(SOL_SOCKET, SO_KEEPALIVE, 1);
            setOption(IPPROTO_TCP, TCP_KEEPIDLE, 1);
            setOption(IPPROTO_TCP, TCP_KEEPINTVL, 1);
            probeFor(DEFAULT_SILENCE_S);
            scratch.setString(0, UNPACED);
            Libc.call(SETSOCKOPT, fd, IPPROTO_TCP, TCP_CONGESTION, scratch.address(), 4);
            setTimeout(SO_RCVTIMEO, TICK_MS);
            setTimeout(SO_SNDTIMEO, TICK_MS);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /**
     * Sets how long {@link #receive} and {@link #accept} wait, instead of a tick. A thread that
     * need not look around so often costs less: each return from a wait takes 20 to 40 us of CPU
     * time. {@link #shutdown} ends the wait at once.
     *
     * @param ms 0 for ever
     */
    public void waitFor(int ms) throws IOException {
        setTimeout(SO_RCVTIMEO, ms);
    }

    private void setTimeout(int option, int ms) throws IOException {
        NativeMemory.putLong(scratch, 0, ms / 1000); // struct timeval
        NativeMemory.putLong(scratch, 8, ms % 1000 * 1000L);
        check("setsockopt", SOL_SOCKET, option, scratch.address(), 16);
    }

    /**
     * Sets after how many seconds the kernel ends the connection to a machine that does not answer
     * its probes: one second of silence, then a probe a second.
     *
     * @param seconds at least 1; it takes 2 at least
     */
    public void probeFor(int seconds) {
        NativeMemory.putInt(scratch, 0, Math.max(1, seconds - 1));
        Libc.call(SETSOCKOPT, fd, IPPROTO_TCP, TCP_KEEPCNT, scratch.address(), Integer.BYTES);
    }

    private void setOption(int level, int option, int value) throws IOException {
        NativeMemory.putInt(scratch, 0, value);
        check("setsockopt", level, option, scratch.address(), Integer.BYTES);
    }

    /**
     * Sends from memory, as much as the peer takes within a tick.
     *
     * @return bytes sent, or {@code -errno}; {@code -EAGAIN} if nothing could be sent
     */
    public long send(long address, long bytes) {
        return Libc.call(SEND, fd, address, bytes, MSG_NOSIGNAL);
    }

    /** Sends from memory what the kernel takes now; returns as {@link #send} does. */
    public long sendNow(long address, long bytes) {
        return Libc.call(SEND, fd, address, bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    }

    /**
     * Receives into memory; waits up to a tick for all of {@code bytes}.
     *
     * @return bytes received, 0 when the peer has closed, or {@code -errno}; {@code -EAGAIN} if
     *     nothing came
     */
    public long receive(long address, long bytes) {
        return Libc.call(RECV, fd, address, bytes, MSG_WAITALL);
    }

    /**
     * Receives into memory what has arrived; waits up to a tick for the first byte.
     *
     * @return as {@link #receive}
     */
    public long receiveSome(long address, long bytes) {
        return Libc.call(RECV, fd, address, bytes, 0);
    }

    /**
     * Receives into memory what has arrived, without waiting.
     *
     * @return as {@link #receive}
     */
    public long receiveNow(long address, long bytes) {
        return Libc.call(RECV, fd, address, bytes, MSG_DONTWAIT);
    }

    /**
     * Lets the kernel delay acknowledgements by up to 40 ms, to combine them with an answer. It
     * also does so after a send. Otherwise it acknowledges within {@link #receive}, which then
     * returns some microseconds later.
     */
    public void delayAcknowledgements() {
        quickAck(0);
    }

    /** Sends the acknowledgement that the kernel delays, if there is one. */
    public void acknowledge() {
        quickAck(SEND_THEN_DELAY);
    }

    private void quickAck(int value) {
        NativeMemory.putInt(scratch, 0, value);
        Libc.call(SETSOCKOPT, fd, IPPROTO_TCP, TCP_QUICKACK, scratch.address(), Integer.BYTES);
    }

    /**
     * Limits how many bytes the kernel takes in ahead of {@link #receive}; the rest stays with the
     * peer.
     */
    public void limitReceiveQueue(int bytes) {
        NativeMemory.putInt(scratch, 0, bytes);
        Libc.call(SETSOCKOPT, fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, scratch.address(), Integer.BYTES);
    }

    /** Makes the kernel end the connection if data are not acknowledged for that long. */
    public void giveUpAfter(int ms) {
        NativeMemory.putInt(scratch, 0, ms);
        Libc.call(SETSOCKOPT, fd, IPPROTO_TCP, TCP_USER_TIMEOUT, scratch.address(), Integer.BYTES);
    }

    /**
     * Milliseconds since the peer's kernel last acknowledged anything. On a silent connection, the
     * probes set in {@link #prepare} cause an acknowledgement every second.
     */
    public long unansweredMs() {
        NativeMemory.putInt(scratch, TCP_INFO_BYTES, TCP_INFO_BYTES);
        NativeMemory.putInt(scratch, LAST_ACK_RECV, 0);
        long length = scratch.address() + TCP_INFO_BYTES;
        Libc.call(GETSOCKOPT, fd, IPPROTO_TCP, TCP_INFO, scratch.address(), length);
        return Integer.toUnsignedLong(NativeMemory.getInt(scratch, LAST_ACK_RECV));
    }

    /** Returns true if the peer has closed or the connection broke, and nothing is left to read. */
    public boolean isPeerGone() {
        long result = Libc.call(RECV, fd, scratch.address(), 1, MSG_PEEK | MSG_DONTWAIT);
        return result <= 0 && result != -Errno.EAGAIN && result != -Errno.EINTR;
    }

    /** Returns true if the peer has sent something that was not received yet. */
    public boolean hasInput() {
        return Libc.call(RECV, fd, scratch.address(), 1, MSG_PEEK | MSG_DONTWAIT) > 0;
    }

    /** Bytes handed to {@link #send} that the peer's kernel has not acknowledged. */
    public int unacknowledgedBytes() {
        Libc.call(IOCTL, fd, SIOCOUTQ, scratch.address());
        return NativeMemory.getInt(scratch, 0);
    }

    /** Bytes that have arrived and were not received yet. */
    public int unreadBytes() {
        Libc.call(IOCTL, fd, SIOCINQ, scratch.address());
        return NativeMemory.getInt(scratch, 0);
    }

    /** This end's address and port. */
    public InetSocketAddress localAddress() throws IOException {
        return name("getsockname");
    }

    /** The other end's address and port. */
    public InetSocketAddress remoteAddress() throws IOException {
        return name("getpeername");
    }

    private InetSocketAddress name(String function) throws IOException {
        MemorySegment address = arena.allocate(28, 8);
        NativeMemory.putInt(scratch, 0, (int) address.byteSize());
        check(function, address.address(), scratch.address());
        boolean v4 = NativeMemory.getShort(address, 0) == AF_INET;
        byte[] ip = address.asSlice(v4 ? 4 : 8, v4 ? 4 : 16).toArray(JAVA_BYTE);
        int port = Short.toUnsignedInt(Short.reverseBytes(NativeMemory.getShort(address, 2)));
        int scope = v4 ? 0 : NativeMemory.getInt(address, SCOPE_AT);
        try {
            InetAddress found = // IPv4 over an IPv6 socket gives an IPv4 address
                    scope == 0
                            ? InetAddress.getByAddress(ip)
                            : Inet6Address.getByAddress(null, ip, scope);
            return new InetSocketAddress(found, port);
        } catch (UnknownHostException impossible) { // the length is right
            throw new AssertionError(impossible);
        }
    }

    /** Encodes struct sockaddr_in or sockaddr_in6. */
    private MemorySegment sockaddr(InetSocketAddress at) {
        byte[] ip = at.getAddress().getAddress();
        boolean v4 = ip.length == 4;
        MemorySegment address = arena.allocate(v4 ? 16 : 28, 8);
        NativeMemory.putShort(address, 0, (short) (v4 ? AF_INET : AF_INET6));
        NativeMemory.putShort(address, 2, Short.reverseBytes((short) at.getPort()));
        MemorySegment.copy(ip, 0, address, JAVA_BYTE, v4 ? 4 : 8, ip.length);
        if (at.getAddress() instanceof Inet6Address v6) { // the interface, if it is link-local
            NativeMemory.putInt(address, SCOPE_AT, v6.getScopeId());
        }
        return address;
    }

    /** Ends the connection in both directions; a call that blocks on it returns. */
    public synchronized void shutdown() {
        if (!closed) { // otherwise the descriptor may belong to another file by now
            Libc.call(Libc.function("shutdown"), fd, SHUT_RDWR);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Libc.call(Libc.function("close"), fd, 0);
        }
    }

    private void check(String function, long b, long c) throws IOException {
        checked(Libc.call(Libc.function(function), fd, b, c));
    }

    private void check(String function, long b, long c, long d, long e) throws IOException {
        checked(Libc.call(Libc.function(function), fd, b, c, d, e));
    }

    private static long checked(long result) throws IOException {
        if (result < 0) {
            throw new IOException(Errno.message((int) -result));
        }
        return result;
    }
}
