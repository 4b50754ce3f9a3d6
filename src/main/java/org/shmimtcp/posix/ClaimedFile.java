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
 * A regular file that this process alone writes. What it is, is asked of its descriptor, never of
 * its name, so that nobody can put another file, a device or a link in its place between the
 * question and the answer. It is locked (flock) until it is closed: whoever claims it meanwhile is
 * told which process has it. Other programs may read it.
 */
public final class ClaimedFile implements AutoCloseable {
    private static final MemorySegment OPEN = Libc.function("open");
    private static final MemorySegment CLOSE = Libc.function("close");
    private static final MemorySegment FLOCK = Libc.function("flock");

    // include/uapi/asm-generic/fcntl.h; O_NOFOLLOW is another on ARM
    private static final int O_RDWR = 2;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_NOFOLLOW =
            System.getProperty("os.arch").equals("aarch64") ? 0100000 : 0400000;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_PATH = 010000000;
    private static final int READ_WRITE_ALL = 0666; // less the umask
    private static final int LOCK_EX_NB = 2 | 4;

    private static final int S_IFMT = 0170000;
    private static final int MAX_TRIES = 20;

    /** How the JVM turns paths into bytes. */
    private static final Charset PATHS =
            Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    /** Another process has claimed the file; the reason names it. */
    public static final class InUse extends FileSystemException {
        private static final long serialVersionUID = 1L;

        private InUse(Path path, String reason) {
            super(path.toString(), null, reason);
        }
    }

    /** What an inode is, and where. */
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

        /** What it is, if no regular file. */
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

    /** A link of the kernel's that leads to the open file itself, whatever its name is by now. */
    private static Path link(int descriptor) {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    /**
     * Makes a new file.
     *
     * @throws FileAlreadyExistsException if there is anything of that name
     */
    public static ClaimedFile create(Path path) throws IOException {
        int descriptor = open(path, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
        lock(path, descriptor);
        return new ClaimedFile(path, descriptor);
    }

    /**
     * Opens a file that is there.
     *
     * @throws FileSystemException if it is no regular file, or another process has claimed it; its
     *     reason says which
     */
    public static ClaimedFile open(Path path) throws IOException {
        // A descriptor that can do nothing: to open a device, or a pipe, can have effects.
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
     * Makes a new file in place of a regular one of that name, if there is one. Its bytes stay
     * where another name leads to it, or a process has it open.
     *
     * @throws FileSystemException if what is there is no regular file, or another process has
     *     claimed it
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
                path.toString(), null, "others make and remove it all the time");
    }

    /**
     * Removes a regular file that nobody has claimed, if there is one.
     *
     * @throws FileSystemException as {@link #open} does
     */
    public static void remove(Path path) throws IOException {
        try (ClaimedFile there = open(path)) {
            there.remove();
        } catch (NoSuchFileException gone) {
            // that is what was asked for
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

    /** Where a file system has no locks the file is not protected, but usable. */
    private static void lock(Path path, int descriptor) throws IOException {
        if (Libc.call(FLOCK, descriptor, LOCK_EX_NB) == -Errno.EAGAIN) {
            Inode inode = Inode.of(link(descriptor));
            String holder = FileLocks.holder(inode.device, inode.number);
            closeDescriptor(descriptor);
            throw new InUse(path, holder + " is writing it");
        }
    }

    /** The file's bytes, to be read and written. */
    public FileChannel channel() {
        return channel;
    }

    /** True if its name still leads to it. */
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

    /** True if no name leads to it any more: what is in it goes away when it is closed. */
    public boolean isRemoved() throws IOException {
        return Inode.of(link(descriptor)).links == 0;
    }

    /** Where it is now, as far as the kernel knows. */
    public Path whereabouts() throws IOException {
        return Files.readSymbolicLink(link(descriptor));
    }

    /**
     * Removes its name, if that still leads to it. It is moved aside first and looked at again, so
     * that no other file is ever lost.
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
