package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.posix.Semaphores;

/**
 * One shared memory image, mapped.
 *
 * <p>Other processes may change everything in it at any time. Single values are read as they are at
 * that moment. For whole frames use {@link FrameReader} and {@link FrameWriter}, which report
 * whether a frame is whole.
 *
 * <p>Another process may also truncate the file. Every method that then finds its memory gone
 * throws {@link ImageException.Truncated}; only a caller that uses {@link #memory} or {@link
 * #pixels} itself must expect an {@link InternalError}. After {@link #close}, methods that read the
 * memory throw an {@link IllegalStateException}.
 *
 * <p>Thread-safe, except {@link #close}.
 */
public final class Image implements AutoCloseable {
    private final String name;
    private final Path file;
    private final Object fileKey;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final Arena arena;
    private final MemorySegment memory;
    private final boolean writable;
    private final ImageIdentity identity;
    private final WriterStall stall = new WriterStall();
    private volatile boolean replaced;

    /** True if its memory holds another image; then it is also replaced. */
    private volatile boolean recreated;

    /**
     * Takes over the memory of a file that was checked.
     *
     * @param identity of the head that was checked
     */
    Image(
            String name,
            Path file,
            Object fileKey,
            ImageSpec spec,
            ImageLayout layout,
            Arena arena,
            MemorySegment memory,
            ImageIdentity identity) {
        this.name = name;
        this.file = file;
        this.fileKey = fileKey;
        this.spec = spec;
        this.layout = layout;
        this.arena = arena;
        this.memory = memory;
        this.writable = !memory.isReadOnly();
        this.identity = identity;
        ReplacementWatch.add(this);
    }

    /**
     * Creates an image that does not exist yet.
     *
     * @param directory where its file goes
     * @param spec its name, type, shape and tables
     * @return the image, mapped and writable; all pixels are 0, and so is {@code cnt0}
     * @throws ImageException if one of that name exists, or it cannot be created
     */
    public static Image create(ImageDirectory directory, ImageSpec spec) {
        return new ImageFile(directory, spec).create(false);
    }

    /**
     * Creates an image. An existing one of that name is replaced in one step, once the new one is
     * finished. Processes that have the old one mapped keep it.
     *
     * @param directory where its file goes
     * @param spec its name, type, shape and tables
     * @return the image, mapped and writable; all pixels are 0, and so is {@code cnt0}
     * @throws ImageException if it cannot be created; an existing image is then untouched
     */
    public static Image replace(ImageDirectory directory, ImageSpec spec) {
        return new ImageFile(directory, spec).create(true);
    }

    /**
     * Opens an image. Without write permission it is opened for reading only: readers then poll, as
     * they cannot claim a semaphore.
     *
     * @param directory where its file is
     * @param name its file's name without {@code .im.shm}; may be an alias (a symbolic link)
     * @return the image, mapped
     * @throws ImageException.Missing if there is none of that name
     * @throws ImageException.NotReady if its creator has not finished it
     * @throws ImageException.Damaged if it is truncated or contradicts itself
     * @throws ImageException if it has another format, is not a file, is on a GPU, or cannot be
     *     read
     */
    public static Image open(ImageDirectory directory, String name) {
        return open(directory, name, false, false);
    }

    /**
     * Opens an image to look at its state now and then. As {@link #open}, but the mapping is
     * private and cannot be written, by which other programs tell a look from a use.
     *
     * @param directory where its file is
     * @param name its file's name without {@code .im.shm}; may be an alias (a symbolic link)
     * @return the image, mapped
     * @throws ImageException as {@link #open} does
     */
    public static Image openToLook(ImageDirectory directory, String name) {
        return open(directory, name, false, true);
    }

    /**
     * Opens an image whose name came from an untrusted source: like {@link #open}, but refuses an
     * alias that leads to a file outside of the directory.
     *
     * @param directory where its file is
     * @param name any text
     * @return the image, mapped
     * @throws ImageException as {@link #open} does, and if the alias leads outside
     */
    public static Image openInside(ImageDirectory directory, String name) {
        return open(directory, name, true, false);
    }

    private static Image open(
            ImageDirectory directory, String name, boolean inside, boolean privately) {
        Path file = directory.file(name);
        String origin = "stream '" + name + "' in " + directory.path();
        if (Files.isSymbolicLink(file) && Files.notExists(file)) {
            throw new ImageException(origin + " is an alias that leads nowhere");
        }
        // Held first, so that the checked file is the one that is opened, and a pipe does not
        // block.
        try (FileFd held = DirectoryFd.holdFollowing(file)) {
            if (!held.status().isRegularFile()) {
                throw new ImageException(origin + " is not a file");
            }
            if (inside) {
                directory.checkInside(held, name);
            }
            try (FileChannel channel = openChannel(held.held())) {
                return map(name, file, fileKey(held.held()), channel, origin, privately);
            }
        } catch (NoSuchFileException e) {
            throw directory.missing(name);
        } catch (IOException e) {
            throw new ImageException(origin + " cannot be opened: " + IoReason.of(e), e);
        }
    }

    private static FileChannel openChannel(Path file) throws IOException {
        return Files.isWritable(file)
                ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
                : FileChannel.open(file, StandardOpenOption.READ);
    }

    /** Checks everything that a mapping relies on against the file's length, then maps. */
    @SuppressWarnings("MustBeClosedChecker") // the image closes the arena
    private static Image map(
            String name,
            Path file,
            Object key,
            FileChannel channel,
            String origin,
            boolean privately)
            throws IOException {
        long length = channel.size();
        ImageSpec spec;
        ImageIdentity identity;
        try (Arena head = Arena.ofConfined()) {
            MemorySegment bytes = head.allocate(MetadataLayout.BYTES, 8);
            channel.read(bytes.asByteBuffer(), 0);
            spec = ImageSpec.parseFile(bytes, length, origin);
            identity = new ImageIdentity(bytes);
        }
        ImageLayout layout = ImageLayout.of(spec);
        Arena arena = Arena.ofShared();
        try {
            MemorySegment memory =
                    privately
                            ? privateMapping(channel, length, arena)
                            : mapping(channel, length, arena);
            if (!LostMemory.read(name, () -> identity.isOf(memory))) {
                throw new ImageException.NotReady(origin + " is being re-created");
            }
            return new Image(name, file, key, spec, layout, arena, memory, identity);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment mapping(FileChannel channel, long length, Arena arena)
            throws IOException {
        try {
            return channel.map(MapMode.READ_WRITE, 0, length, arena);
        } catch (NonWritableChannelException opened) { // because the file may not be written
            return channel.map(MapMode.READ_ONLY, 0, length, arena);
        }
    }

    /** Maps what other processes write, without a page of its own: nothing is written. */
    private static MemorySegment privateMapping(FileChannel channel, long length, Arena arena)
            throws IOException {
        try {
            return channel.map(MapMode.PRIVATE, 0, length, arena).asReadOnly();
        } catch (NonWritableChannelException | IOException refused) { // no permission, or memory
            return channel.map(MapMode.READ_ONLY, 0, length, arena);
        }
    }

    static Object fileKey(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** The file system's key of its file, valid until the file is gone. */
    Object fileKey() {
        return fileKey;
    }

    /**
     * {@return the name it was opened by} If that is an alias, the name inside the file differs.
     */
    public String name() {
        return name;
    }

    /**
     * Checks whether another one was opened from the same file, and that file held the same image.
     *
     * @param other another mapping, in this process
     * @return true if a frame in one of them is a frame in both
     */
    public boolean isSameAs(Image other) {
        return fileKey.equals(other.fileKey) && identity.isSameAs(other.identity);
    }

    /** {@return the path it was opened by, which may lead to another file by now} */
    public Path file() {
        return file;
    }

    /** {@return name, type, shape and tables, as they were checked when it was opened} */
    public ImageSpec spec() {
        return spec;
    }

    /** {@return the offsets of its parts in {@link #memory}} */
    public ImageLayout layout() {
        return layout;
    }

    /** {@return false if this process may only read it} */
    public boolean isWritable() {
        return writable;
    }

    /**
     * Checks whether the name still leads to this memory. A separate thread detects a change within
     * a fraction of a second; a call costs a volatile read.
     *
     * @return true if the file was replaced, removed or truncated; then it stays true, and the
     *     stream must be opened again
     */
    public boolean isReplaced() {
        return replaced;
    }

    /**
     * Checks whether a writer seems to have stopped in the middle of a frame. Set and cleared
     * within a fraction of a second, like {@link #isReplaced}.
     *
     * @return true if {@code write} has been raised for a second without a new frame: the writer
     *     stopped, or takes long
     */
    public boolean isWriterStalled() {
        return stall.isStalled();
    }

    /**
     * Finds out who writes this image.
     *
     * @return the PID of a process, other than this one, that has posted the semaphores; 0 if there
     *     is none. The process may have ended since
     * @throws ImageException.Truncated if the file was truncated
     */
    public int writerPid() {
        for (int i = 0; i < spec.semaphores(); i++) {
            int pid = writerPid(i);
            if (pid > 0 && pid != Processes.ownPid()) {
                return pid;
            }
        }
        return 0;
    }

    /** Checks whether the name still leads here, and records it if it does not. */
    void checkReplaced() {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            replaced |=
                    !fileKey.equals(now.fileKey())
                            || now.size() != layout.fileBytes()
                            || !holdsSameImage();
            stall.update(memory, Clock.monotonicNs());
            LostMemory.check();
        } catch (IOException | InternalError gone) { // removed or truncated at this moment
            replaced = true;
        } catch (IllegalStateException closed) {
            // nobody needs the answer any more
        }
    }

    /**
     * Returns true if the memory still holds the image that was opened, whatever its name leads to.
     * Once it returned false, it always does: an older C program re-creates an image in the same
     * file, which is all zeros for a while. Costs some ten nanoseconds. Call it after reading and
     * before writing.
     *
     * @throws InternalError if the file was truncated, like any access to {@link #memory}
     */
    boolean holdsSameImage() {
        VarHandle.acquireFence();
        if (!identity.isOf(memory)) {
            recreated = true;
            replaced = true;
        }
        return !recreated;
    }

    /**
     * {@return the whole file, writable if {@link #isWritable}} For a {@link FrameReader.Copier}.
     * Other callers must expect an {@link InternalError} when another process truncates the file.
     */
    public MemorySegment memory() {
        return memory;
    }

    /**
     * Copies the head as it is now.
     *
     * @return 384 bytes, for {@link MetadataLayout}
     * @throws ImageException.Truncated if the file was truncated, or the image is being re-created
     *     in it
     */
    public MemorySegment head() {
        MemorySegment head = Arena.ofAuto().allocate(MetadataLayout.BYTES, 8);
        boolean same =
                LostMemory.read(
                        name,
                        () -> {
                            MemorySegment.copy(memory, 0, head, 0, MetadataLayout.BYTES);
                            return holdsSameImage();
                        });
        if (!same) {
            throw ImageException.Truncated.recreated(name);
        }
        return head;
    }

    /**
     * {@return all pixels, slice after slice, row after row} As with {@link #memory}, callers must
     * expect an {@link InternalError}.
     */
    public MemorySegment pixels() {
        return memory.asSlice(layout.pixels(), spec.pixelBytes());
    }

    /** {@return its keyword table, in place: reads and writes go to the shared memory} */
    public Keywords keywords() {
        return new Keywords(
                memory.asSlice(
                        layout.keywordsOffset(), (long) spec.keywordSlots() * KeywordLayout.BYTES),
                name);
    }

    /** {@return its process traces, slice stamps and ring stamps} */
    public ImageTables tables() {
        return new ImageTables(memory, spec, layout, name);
    }

    /**
     * {@return the update counter; 0 while nothing was published} Like all values here, it is read
     * at the time of the call.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public long cnt0() {
        return read(MetadataLayout::cnt0Acquire);
    }

    /**
     * {@return the slice that was written last, as its writer says: any value is possible}
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public long cnt1() {
        return read(MetadataLayout::cnt1Acquire);
    }

    /**
     * {@return the number of events, which few writers count}
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public long cnt2() {
        return read(MetadataLayout::cnt2Acquire);
    }

    /**
     * {@return true while a writer says that it is changing pixels (the field {@code write})}
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public boolean isWriting() {
        return read(m -> MetadataLayout.isWritingAcquire(m) ? 1 : 0) != 0;
    }

    /** Reads a value. Allocates nothing, because the access functions capture nothing. */
    private long read(ToLongFunction<MemorySegment> access) {
        try {
            long value = access.applyAsLong(memory);
            LostMemory.check();
            return value;
        } catch (InternalError e) {
            throw LostMemory.truncated(name, e);
        }
    }

    /**
     * {@return the time at which the file was created} Its writer's clock may be TAI, as
     * ImageStreamIO's is (37 s ahead of UTC), or UTC; this holds for all times of an image.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public Instant created() {
        return time(MetadataLayout.CREATIONTIME);
    }

    /**
     * {@return the time of the last access, which ImageStreamIO's programs seldom update}
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public Instant lastAccessed() {
        return time(MetadataLayout.LASTACCESSTIME);
    }

    /**
     * {@return the time at which the newest data were acquired; 1970 if its writer sets none}
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public Instant acquired() {
        return time(MetadataLayout.ATIME);
    }

    /**
     * {@return the time at which the newest data were written; 1970 if its writer sets none} See
     * {@link StreamAge} for writers that leave an old time there.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public Instant written() {
        return time(MetadataLayout.WRITETIME);
    }

    private Instant time(int field) {
        return LostMemory.read(name, () -> MetadataLayout.time(memory, field));
    }

    /**
     * {@return the value of a semaphore: the number of posts that its reader has not taken}
     *
     * @param index from 0, less than {@link ImageSpec#semaphores}
     * @throws IndexOutOfBoundsException if there is no such semaphore
     * @throws ImageException.Truncated if the file was truncated
     */
    public int semaphoreValue(int index) {
        Objects.checkIndex(index, spec.semaphores());
        return (int) read(m -> Semaphores.value(m, semaphore(index)));
    }

    /**
     * {@return the value of the log semaphore: posts that no logger has taken}
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public int logSemaphoreValue() {
        return (int) read(m -> Semaphores.value(m, layout.logSemaphore()));
    }

    /**
     * {@return the PID of the reader that claimed a semaphore; 0 or less if none did}
     *
     * @param index from 0, less than {@link ImageSpec#semaphores}
     * @throws IndexOutOfBoundsException if there is no such semaphore
     * @throws ImageException.Truncated if the file was truncated
     */
    public int readerPid(int index) {
        Objects.checkIndex(index, spec.semaphores());
        return (int) read(m -> m.get(JAVA_INT, layout.readerPids() + 4L * index));
    }

    /**
     * {@return the PID of the writer that last posted a semaphore; 0 or less if none did}
     *
     * @param index from 0, less than {@link ImageSpec#semaphores}
     * @throws IndexOutOfBoundsException if there is no such semaphore
     * @throws ImageException.Truncated if the file was truncated
     */
    public int writerPid(int index) {
        Objects.checkIndex(index, spec.semaphores());
        return (int) read(m -> m.get(JAVA_INT, layout.writerPids() + 4L * index));
    }

    long semaphore(int index) {
        return layout.semaphores() + index * Semaphores.BYTES;
    }

    /**
     * Creates a reader that claims a semaphore of its own, if one is free and the image is
     * writable.
     *
     * @return a reader for which the newest frame, if there is one, is new; close it after use
     * @throws ImageException.Truncated if the file was truncated
     */
    public FrameReader newReader() {
        return newReader(true);
    }

    /**
     * Creates a reader that polls {@code cnt0} and leaves the semaphores to others.
     *
     * @return a reader for which the newest frame, if there is one, is new; close it after use
     * @throws ImageException.Truncated if the file was truncated
     */
    public FrameReader newPollingReader() {
        return newReader(false);
    }

    private FrameReader newReader(boolean claim) {
        return LostMemory.read(name, () -> new FrameReader(this, claim));
    }

    /**
     * Creates a writer.
     *
     * @return a writer for one thread; it holds nothing that must be closed
     * @throws ImageException if this process may only read the image
     */
    public FrameWriter newWriter() {
        if (!writable) {
            throw new ImageException(
                    "stream '" + name + "' is read-only: permission denied for " + file);
        }
        return new FrameWriter(this);
    }

    /**
     * Unmaps the memory. Readers and writers of this image must be closed first, and their loops
     * ended. A second call does nothing.
     */
    @Override
    public void close() {
        ReplacementWatch.remove(this);
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    /** Returns name, size and type: {@code acc000 50x50 f32}. */
    @Override
    public String toString() {
        return name + " " + spec.describe();
    }
}
