package org.shmimtcp.posix;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A regular file that this process alone writes. Its attributes are read from its descriptor, never
 * by its name. So nobody can substitute another file, a device or a link between check and use. The
 * file is locked (flock) until it is closed: another process that claims it is told which process
 * holds it. Other programs may read it.
 */
public final class ClaimedFile implements AutoCloseable {
    private static final MemorySegment OPEN = Libc.function("open");
    private static final MemorySegment CLOSE = Libc.function("close");
    private static final MemorySegment FLOCK = Libc.function("flock");

    // include/uapi/asm-generic/fcntl.h; O_NOFOLLOW has another value on ARM
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_NOFOLLOW =
            System.getProperty("os.arch").equals("aarch64") ? 0100000 : 0400000;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_PATH = 010000000;
    private static final int READ_WRITE_ALL = 0666; // minus the umask
    private static final int LOCK_EX_NB = 2 | 4;

    private static final int S_IFMT = 0170000;
    private static final int MAX_TRIES = 20;

    /** The encoding that the JVM uses for paths. */
    private static final Charset PATHS =
            Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    /** Another process has claimed the file; the reason names the process. */
    public static final class InUse extends FileSystemException {
        private static final long serialVersionUID = 1L;

        private InUse(Path path, String reason) {
            super(path.toString(), null, reason);
        }
    }

    /** The type and identity of an inode. */
    private record Inode(int type, long number, long device, int links) {
        private static Inode of(Path path, LinkOption... how) throws IOException {
            Map<String, Object> all = Files.readAttributes(path, "unix:mode,ino,dev,nlink", how);
            return new Inode(
                    number(all, "mode").intValue() & S_IFMT,
                    number(all, "ino").longValue(),
                    number(all, "dev").longValue(),
                    number(all, "nlink").intValue());
        }

        private static Number number(Map<String, Object> all, String name) {
            return (Number) Objects.requireNonNull(all.get(name));
        }

        boolean isSame(Inode other) {
            return number == other.number && device == other.device;
        }

        /** Names the type, if it is not a regular file. */
        Optional<String> wrongKind() {
            return switch (type) {
                case 0100000 -> Optional.empty();
                case 0040000 -> Optional.of("a directory");
                case 0120000 -> Optional.of("a symbolic link");
                case 0010000 -> Optional.of("a pipe");
                case 0140000 -> Optional.of("a socket");
                default -> Optional.of("a device");
            };
        }
    }

    private final Path path;
    private final int descriptor;
    private final FileChannel channel;

    private ClaimedFile(Path path, int descriptor) throws IOException {
        this.path = path;
        this.descriptor = descriptor;
        try {
            this.channel = FileChannel.open(link(descriptor), READ, WRITE);
        } catch (IOException | RuntimeException e) {
            closeDescriptor(descriptor);
            throw e;
        }
    }

    /** Returns the kernel's link to the open file itself, whatever its name is by now. */
    private static Path link(int descriptor) {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    /**
     * Creates a new file.
     *
     * @throws FileAlreadyExistsException if anything has that name
     */
    public static ClaimedFile create(Path path) throws IOException {
        int descriptor = open(path, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
        lock(path, descriptor);
        return new ClaimedFile(path, descriptor);
    }

    /**
     * Opens an existing file.
     *
     * @throws FileSystemException if it is not a regular file, or another process has claimed it;
     *     the reason says which
     */
    public static ClaimedFile open(Path path) throws IOException {
        // An O_PATH descriptor: opening a device or a pipe in earnest can have effects.
        int handle = open(path, path, O_PATH | O_NOFOLLOW);
        try {
            Optional<String> wrong = Inode.of(link(handle)).wrongKind();
            if (wrong.isPresent()) {
                throw new FileSystemException(
                        path.toString(), null, "it is " + wrong.get() + ", not a regular file");
            }
            int descriptor = open(path, link(handle), O_RDWR);
            lock(path, descriptor);
            return new ClaimedFile(path, descriptor);
        } finally {
            closeDescriptor(handle);
        }
    }

    /**
     * Creates a new file in place of a regular one of that name, if there is one. The old content
     * persists while another name leads to it or a process has it open.
     *
     * @throws FileSystemException if the existing file is not a regular file, or another process
     *     has claimed it
     */
    public static ClaimedFile replace(Path path) throws IOException {
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            try {
                return create(path);
            } catch (FileAlreadyExistsException there) {
                remove(path);
            }
        }
        throw new FileSystemException(
                path.toString(), null, "other processes keep creating and removing it");
    }

    /**
     * Removes a regular file that no process has claimed, if there is one.
     *
     * @throws FileSystemException as {@link #open} does
     */
    public static void remove(Path path) throws IOException {
        try (ClaimedFile there = open(path)) {
            there.remove();
        } catch (NoSuchFileException gone) {
            // nothing to remove
        }
    }

    private static int open(Path named, Path path, int flags) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString(), PATHS);
            int result =
                    (int) Libc.call(OPEN, name.address(), flags | O_CLOEXEC, READ_WRITE_ALL, 0);
            if (result >= 0) {
                return result;
            }
            String text = named.toString();
            throw switch (-result) {
                case Errno.ENOENT -> new NoSuchFileException(text);
                case Errno.EEXIST -> new FileAlreadyExistsException(text);
                case Errno.EACCES -> new AccessDeniedException(text);
                default -> new FileSystemException(text, null, Errno.message(-result));
            };
        }
    }

    /** Locks the file. On a file system without locks the file is usable, but not protected. */
    private static void lock(Path path, int descriptor) throws IOException {
        if (Libc.call(FLOCK, descriptor, LOCK_EX_NB) == -Errno.EAGAIN) {
            Inode inode = Inode.of(link(descriptor));
            String holder = FileLocks.holder(inode.device, inode.number);
            closeDescriptor(descriptor);
            throw new InUse(path, holder + " is writing it");
        }
    }

    /** The channel for reading and writing the file. */
    public FileChannel channel() {
        return channel;
    }

    /** Returns true if its name still leads to it. */
    public boolean isInPlace() throws IOException {
        return isAt(path);
    }

    private boolean isAt(Path where) throws IOException {
        try {
            Inode there = Inode.of(where, LinkOption.NOFOLLOW_LINKS);
            return there.isSame(Inode.of(link(descriptor)));
        } catch (NoSuchFileException gone) {
            return false;
        }
    }

    /** Returns true if no name leads to it any more: its content is lost when it is closed. */
    public boolean isRemoved() throws IOException {
        return Inode.of(link(descriptor)).links == 0;
    }

    /** The present path of the file, as far as the kernel knows. */
    public Path whereabouts() throws IOException {
        return Files.readSymbolicLink(link(descriptor));
    }

    /**
     * Removes its name, if that still leads to it. The file is first moved aside and checked again,
     * so that no other file is ever deleted.
     */
    public void remove() throws IOException {
        if (!isInPlace()) {
            return;
        }
        Path aside =
                path.resolveSibling(
                        ".shmim-removed-"
                                + Long.toHexString(ThreadLocalRandom.current().nextLong()));
        Files.move(path, aside);
        if (isAt(aside)) {
            Files.delete(aside);
        } else {
            Files.move(aside, path);
        }
    }

    private static void closeDescriptor(int descriptor) {
        long ignored = Libc.call(CLOSE, descriptor, 0);
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            closeDescriptor(descriptor);
        }
    }
}
