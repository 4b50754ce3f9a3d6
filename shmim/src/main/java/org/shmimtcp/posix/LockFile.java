package org.shmimtcp.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A lock on a file (flock), which ends with the process at the latest. The file may be in a
 * directory that other users write to: no symbolic link is followed, and nothing is written into
 * the file. A lock on a file that was removed meanwhile excludes nobody, so it does not count.
 */
public final class LockFile implements AutoCloseable {
    private static final MemorySegment OPEN = Libc.function("open");
    private static final MemorySegment FLOCK = Libc.function("flock");
    private static final MemorySegment FCHMOD = Libc.function("fchmod");
    private static final MemorySegment CLOSE = Libc.function("close");

    /** Read only; does not wait for the other end of a pipe; not inherited by children. */
    private static final int FLAGS = 0x800 | 0x20000 | 0x80000; // NONBLOCK, NOFOLLOW, CLOEXEC

    private static final int O_CREAT_EXCL = 0x40 | 0x80;
    private static final int READABLE_BY_ALL = 0644;
    private static final int LOCK_EX_NB = 2 | 4;
    private static final int TRIES = 10;

    private final Path file;
    private final int fd;

    private LockFile(Path file, int fd) {
        this.file = file;
        this.fd = fd;
    }

    /**
     * Locks the file, unless another process has locked it.
     *
     * @throws IOException if it cannot be created, or is not a regular file
     */
    public static Optional<LockFile> tryLock(Path file) throws IOException {
        LockFile opened = new LockFile(file, open(file));
        if (!Files.isRegularFile(Path.of("/proc/self/fd/" + opened.fd))) {
            opened.close();
            throw new IOException(file + " is not a regular file: remove it");
        }
        long result = Libc.call(FLOCK, opened.fd, LOCK_EX_NB);
        if (result < 0) {
            opened.close();
            if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
                return Optional.empty();
            }
            throw failure(file, result);
        }
        if (!opened.isInPlace()) { // its last owner has just removed it
            opened.close();
            return Optional.empty();
        }
        return Optional.of(opened);
    }

    /**
     * Opens the file, or creates it if there is none. Where the file exists, opening it with
     * O_CREAT could be refused, so creation is a separate, exclusive step.
     */
    private static int open(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(file.toString());
            long fd = -Errno.ENOENT;
            for (int i = 0; i < TRIES && fd == -Errno.ENOENT; i++) {
                fd = Libc.call(OPEN, path.address(), FLAGS, 0);
                if (fd != -Errno.ENOENT) {
                    break;
                }
                fd = Libc.call(OPEN, path.address(), FLAGS | O_CREAT_EXCL, READABLE_BY_ALL);
                if (fd >= 0) {
                    Libc.call(FCHMOD, fd, READABLE_BY_ALL); // whatever the umask
                } else if (fd == -Errno.EEXIST) {
                    fd = -Errno.ENOENT; // created by another process at this moment: open it
                } else {
                    break;
                }
            }
            if (fd < 0) {
                throw failure(file, fd);
            }
            return (int) fd;
        }
    }

    private boolean isInPlace() throws IOException {
        try {
            return Files.isSameFile(Path.of("/proc/self/fd/" + fd), file);
        } catch (NoSuchFileException removed) {
            return false;
        }
    }

    /** Ends the lock and removes the file, if its directory permits that. */
    public void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException anotherUsers) {
            // its owner, or a later lock, removes it
        }
        close();
    }

    private static IOException failure(Path file, long result) {
        return new IOException("cannot lock " + file + ": " + Errno.message((int) -result));
    }

    @Override
    public void close() {
        Libc.call(CLOSE, fd, 0);
    }
}
