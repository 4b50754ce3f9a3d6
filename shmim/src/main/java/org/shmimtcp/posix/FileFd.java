package org.shmimtcp.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/**
 * A file held by its descriptor. Its mode, owner and inode are those of this very file, whatever
 * its name leads to by now: in a directory that other users may write to, a name can be given to
 * another file between any two system calls.
 *
 * <p>Created by {@link DirectoryFd}. Not thread-safe.
 */
public final class FileFd implements AutoCloseable {
    private static final MemorySegment CLOSE = Libc.function("close");
    private static final MemorySegment WRITE = Libc.function("write");
    private static final MemorySegment FCHMOD = Libc.function("fchmod");
    private static final MemorySegment FCHOWN = Libc.function("fchown");

    // Like fstat, but with the same layout on all machines; glibc before 2.33 exports no fstat.
    private static final MemorySegment STATX = Libc.function("statx");
    private static final int STATX_BYTES = 256;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int AT_EMPTY_PATH = 0x1000;

    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;
    private static final int SAME_GROUP = -1;

    private final int fd;
    private final Path path;
    private boolean closed;

    FileFd(int fd, Path path) {
        this.fd = fd;
        this.path = path;
    }

    /**
     * The kernel's information about a file.
     *
     * @param type the type bits and the permissions
     * @param links the number of its names
     * @param modifiedNs since 1970
     */
    public record Status(long inode, int type, int links, int uid, long bytes, long modifiedNs) {
        public boolean isRegularFile() {
            return (type & S_IFMT) == S_IFREG;
        }

        /** The permissions, with the setuid, setgid and sticky bits. */
        public int mode() {
            return type & ~S_IFMT;
        }
    }

    /** The file's attributes now. */
    public Status status() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment empty = arena.allocate(1);
            MemorySegment to = arena.allocate(STATX_BYTES, 8);
            check(
                    Libc.call(
                            STATX,
                            fd,
                            empty.address(),
                            AT_EMPTY_PATH,
                            STATX_BASIC_STATS,
                            to.address()));
            return new Status(
                    to.get(JAVA_LONG, 32),
                    Short.toUnsignedInt(to.get(JAVA_SHORT, 28)),
                    to.get(JAVA_INT, 16),
                    to.get(JAVA_INT, 20),
                    to.get(JAVA_LONG, 40),
                    to.get(JAVA_LONG, 112) * 1_000_000_000L + to.get(JAVA_INT, 120));
        }
    }

    /** Sets the permissions, whatever the umask. Not for a file from {@link DirectoryFd#hold}. */
    public void chmod(int mode) throws IOException {
        check(Libc.call(FCHMOD, fd, mode));
    }

    /** Gives the file to another user. Not for a file from {@link DirectoryFd#hold}. */
    public void chown(int uid) throws IOException {
        check(Libc.call(FCHOWN, fd, uid, SAME_GROUP));
    }

    /**
     * A path that leads to this very file while it is held, for functions that take only paths. Do
     * not show it in a message: use {@link #path}.
     */
    public Path held() {
        return Path.of("/proc/self/fd/" + fd);
    }

    /**
     * Opens a channel to this very file. Opening anything but a regular file may block or have
     * other effects: check {@link #status} first.
     */
    public FileChannel channel(OpenOption... options) throws IOException {
        return FileChannel.open(held(), options);
    }

    /** Appends to a file that was just created. */
    public void write(byte[] bytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(Math.max(1, bytes.length));
            memory.copyFrom(MemorySegment.ofArray(bytes));
            for (long done = 0; done < bytes.length; ) {
                long n = Libc.call(WRITE, fd, memory.address() + done, bytes.length - done);
                if (n != -Errno.EINTR) {
                    check(n);
                    done += n;
                }
            }
        }
    }

    /** The name by which it was opened, for messages. */
    public Path path() {
        return path;
    }

    int fd() {
        return fd;
    }

    private void check(long result) throws IOException {
        if (result < 0) {
            throw DirectoryFd.failure((int) -result, path);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Libc.call(CLOSE, fd, 0);
        }
    }
}
