package org.shmimtcp.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A directory held by its descriptor, for work in a directory that other users may write to. Names
 * are looked up in this very directory, and a symbolic link of that name is not followed. So
 * neither the directory nor a file in it can be swapped for another between two steps.
 *
 * <p>A name is one component of a path. Not thread-safe.
 */
public final class DirectoryFd implements AutoCloseable {
    private static final MemorySegment OPENAT = Libc.function("openat");
    private static final MemorySegment MKDIRAT = Libc.function("mkdirat");
    private static final MemorySegment LINKAT = Libc.function("linkat");
    private static final MemorySegment RENAMEAT = Libc.function("renameat");
    private static final MemorySegment UNLINKAT = Libc.function("unlinkat");
    private static final MemorySegment GETEUID = Libc.function("geteuid");

    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_FOLLOW = 0x400;
    private static final int AT_REMOVEDIR = 0x200;

    private static final int O_RDWR = 02;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_PATH = 010000000;

    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
    private static final int O_DIRECTORY = ARM ? 040000 : 0200000;
    private static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;

    private static final int OWNER_ONLY = 0600;

    /**
     * The permissions of a directory while it is being created: hardly any other directory has
     * these.
     */
    private static final int UNFINISHED = 01700;

    private static final int PERMISSIONS = 01777;

    /** The encoding that java.nio.file uses for names. */
    private static final Charset NAMES =
            Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

    private final FileFd self;

    private DirectoryFd(FileFd self) {
        this.self = self;
    }

    /** Opens a directory; symbolic links in its path are followed. */
    public static DirectoryFd open(Path path) throws IOException {
        return new DirectoryFd(open(AT_FDCWD, path.toString(), O_DIRECTORY, 0, path));
    }

    /**
     * Holds the file that a path leads to, through symbolic links, without opening it: a pipe or
     * device does not notice.
     */
    public static FileFd holdFollowing(Path path) throws IOException {
        return open(AT_FDCWD, path.toString(), O_PATH, 0, path);
    }

    /**
     * Opens a directory in this one.
     *
     * @throws FileSystemException if it is a symbolic link or not a directory
     */
    public DirectoryFd directory(String name) throws IOException {
        Path path = resolve(name);
        return new DirectoryFd(open(self.fd(), name, O_DIRECTORY | O_NOFOLLOW, 0, path));
    }

    /**
     * Opens a directory in this one; creates it if there is none.
     *
     * @param mode of a directory that is created, whatever the umask
     */
    public DirectoryFd makeDirectory(String name, int mode) throws IOException {
        boolean made = call(MKDIRAT, name, UNFINISHED) == 0;
        DirectoryFd directory = directory(name);
        try {
            if (made && directory.isUnfinished()) {
                directory.self.chmod(mode);
            }
            return directory;
        } catch (IOException e) {
            directory.close();
            throw e;
        }
    }

    /**
     * Returns true if this is the directory just created. Another of this user's directories may
     * have been given its name meanwhile; that one must not be changed.
     */
    private boolean isUnfinished() throws IOException {
        FileFd.Status is = self.status();
        return (is.mode() & PERMISSIONS) == UNFINISHED
                && is.uid() == ownUid()
                && names(1).isEmpty();
    }

    /**
     * Creates a file and opens it.
     *
     * @param mode its permissions, whatever the umask
     * @throws FileAlreadyExistsException if anything has that name
     */
    public FileFd create(String name, int mode) throws IOException {
        Path path = resolve(name);
        FileFd file =
                open(self.fd(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, OWNER_ONLY, path);
        try {
            file.chmod(mode);
            return file;
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Holds whatever has that name, even a symbolic link, without opening it: a pipe or device does
     * not notice.
     */
    public FileFd hold(String name) throws IOException {
        return open(self.fd(), name, O_PATH | O_NOFOLLOW, 0, resolve(name));
    }

    /** Holds whatever has that name, as {@link #hold} does; null if there is none. */
    public @Nullable FileFd holdIfThere(String name) throws IOException {
        long fd = call(OPENAT, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        return isThere(fd, name) ? new FileFd((int) fd, resolve(name)) : null;
    }

    /**
     * Gives a file that is held another name, in this directory.
     *
     * @throws FileAlreadyExistsException if anything has that name
     */
    public void link(FileFd file, String name) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = string(arena, file.held().toString());
            MemorySegment to = string(arena, name);
            check(
                    Libc.call(
                            LINKAT,
                            AT_FDCWD,
                            from.address(),
                            self.fd(),
                            to.address(),
                            AT_SYMLINK_FOLLOW),
                    name);
        }
    }

    /** Renames a file in this directory; a file that has the new name is replaced. */
    public void rename(String from, String to) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment old = string(arena, from);
            MemorySegment name = string(arena, to);
            check(Libc.call(RENAMEAT, self.fd(), old.address(), self.fd(), name.address()), from);
        }
    }

    /**
     * Removes a name that is not a directory's.
     *
     * @return false if there is none
     */
    public boolean delete(String name) throws IOException {
        return isThere(call(UNLINKAT, name, 0), name);
    }

    /**
     * Removes an empty directory.
     *
     * @return false if there is none
     * @throws DirectoryNotEmptyException if it is not empty
     */
    public boolean deleteDirectory(String name) throws IOException {
        return isThere(call(UNLINKAT, name, AT_REMOVEDIR), name);
    }

    private boolean isThere(long result, String name) throws IOException {
        if (result == -Errno.ENOENT) {
            return false;
        }
        check(result, name);
        return true;
    }

    /**
     * Lists names in this directory, in no particular order.
     *
     * @param max the number of names after which the list ends
     */
    public List<String> names(int max) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(self.held())) {
            for (Path path : all) {
                if (names.size() == max) {
                    break;
                }
                names.add(path.getFileName().toString());
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return names;
    }

    /** The kernel's path of this very directory, without symbolic links. */
    public Path realPath() throws IOException {
        return Files.readSymbolicLink(self.held());
    }

    public FileFd.Status status() throws IOException {
        return self.status();
    }

    /** The path by which it was opened, for messages. */
    public Path path() {
        return self.path();
    }

    /** The effective user id of this process. */
    public static int ownUid() {
        return (int) Libc.call(GETEUID, 0, 0);
    }

    private Path resolve(String name) {
        return self.path().resolve(name);
    }

    private long call(MemorySegment function, String name, int last) {
        try (Arena arena = Arena.ofConfined()) {
            return Libc.call(function, self.fd(), string(arena, name).address(), last);
        }
    }

    private static FileFd open(int at, String name, int flags, int mode, Path path)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = string(arena, name);
            long fd = Libc.call(OPENAT, at, bytes.address(), flags | O_CLOEXEC, mode);
            if (fd < 0) {
                throw failure((int) -fd, path);
            }
            return new FileFd((int) fd, path);
        }
    }

    private static MemorySegment string(Arena arena, String text) {
        byte[] bytes = text.getBytes(NAMES);
        MemorySegment string = arena.allocate(bytes.length + 1L);
        return string.copyFrom(MemorySegment.ofArray(bytes));
    }

    private void check(long result, String name) throws IOException {
        if (result < 0) {
            throw failure((int) -result, resolve(name));
        }
    }

    /** Returns the exception that java.nio.file would throw. */
    static IOException failure(int errno, Path path) {
        String name = path.toString();
        return switch (errno) {
            case Errno.ENOENT -> new NoSuchFileException(name);
            case Errno.EEXIST -> new FileAlreadyExistsException(name);
            case Errno.EACCES -> new AccessDeniedException(name);
            case Errno.ENOTEMPTY -> new DirectoryNotEmptyException(name);
            case Errno.ENOTDIR -> new FileSystemException(name, null, "not a directory");
            default -> new FileSystemException(name, null, Errno.message(errno));
        };
    }

    @Override
    public void close() {
        self.close();
    }
}
