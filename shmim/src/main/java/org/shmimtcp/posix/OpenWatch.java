package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Notices when a process opens one of a few files, or removes it, at no cost while nothing happens.
 * See inotify(7).
 *
 * <p>Not thread-safe.
 */
public final class OpenWatch implements AutoCloseable {
    private static final int IN_NONBLOCK = 04000;
    private static final int IN_CLOEXEC = 02000000;

    private static final int IN_ATTRIB = 0x4; // also when the last name of a mapped file goes
    private static final int IN_OPEN = 0x20;
    private static final int IN_MOVE_SELF = 0x800;
    private static final int IN_DELETE_SELF = 0x400;

    private static final short POLLIN = 1;
    private static final int EVENT_BYTES = 16;
    private static final int BUFFER_BYTES = 16 << 10;

    private static final class Functions {
        static final MemorySegment INIT = Libc.function("inotify_init1");
        static final MemorySegment ADD = Libc.function("inotify_add_watch");
        static final MemorySegment REMOVE = Libc.function("inotify_rm_watch");
        static final MemorySegment POLL = Libc.function("poll");
        static final MemorySegment READ = Libc.function("read");
        static final MemorySegment CLOSE = Libc.function("close");
    }

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(BUFFER_BYTES, 8);
    private final MemorySegment polled = arena.allocate(8, 4); // struct pollfd
    private final int fd;

    /**
     * @throws IOException if the user has too many of them: fs.inotify.max_user_instances
     */
    public OpenWatch() throws IOException {
        fd = (int) check(Libc.call(Functions.INIT, IN_NONBLOCK | IN_CLOEXEC, 0));
    }

    /**
     * Watches a file from now on.
     *
     * @return the number by which {@link #await} names it; the same for a file watched already
     * @throws IOException if it does not exist, or the user watches too many files
     */
    public int add(Path file) throws IOException {
        try (Arena name = Arena.ofConfined()) {
            int events = IN_OPEN | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;
            long path = name.allocateFrom(file.toString()).address();
            return (int) check(Libc.call(Functions.ADD, fd, path, events));
        }
    }

    /** Watches a file no longer. */
    public void remove(int number) {
        var _ = Libc.call(Functions.REMOVE, fd, number); // fails if the file is gone
    }

    /** Returns the numbers of the files opened or removed; none after the time-out. */
    public Set<Integer> await(int timeoutMs) throws IOException {
        polled.set(JAVA_INT, 0, fd);
        polled.set(JAVA_SHORT, 4, POLLIN);
        polled.set(JAVA_SHORT, 6, (short) 0);
        Set<Integer> numbers = new HashSet<>();
        long ready = Libc.call(Functions.POLL, polled.address(), 1, timeoutMs);
        if (ready == 0 || ready == -Errno.EINTR) {
            return numbers;
        }
        check(ready);
        while (true) {
            long bytes = Libc.call(Functions.READ, fd, buffer.address(), BUFFER_BYTES);
            if (bytes == -Errno.EAGAIN || bytes == -Errno.EINTR || bytes == 0) {
                return numbers;
            }
            check(bytes);
            for (long at = 0; at < bytes; ) { // number, mask, cookie, length of a name
                numbers.add(buffer.get(JAVA_INT_UNALIGNED, at));
                at += EVENT_BYTES + buffer.get(JAVA_INT_UNALIGNED, at + 12);
            }
        }
    }

    private static long check(long result) throws IOException {
        if (result < 0) {
            throw new IOException("inotify: " + Errno.message((int) -result));
        }
        return result;
    }

    @Override
    public void close() {
        var _ = Libc.call(Functions.CLOSE, fd, 0);
        arena.close();
    }
}
