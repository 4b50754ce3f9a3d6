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
     * @throws ImageException if one of that name exists, or it cannot be created
     */
    public static Image create(ImageDirectory directory, ImageSpec spec) {
        return new ImageFile(directory, spec).create(false);
    }

    /**
     * Creates an image. An existing one of that name is replaced in one step, once the new one is
     * finished.
     *
     * @throws ImageException if it cannot be created; an existing image is then untouched
     */
    public static Image replace(ImageDirectory directory, ImageSpec spec) {
        return new ImageFile(directory, spec).create(true);
    }

    /**
     * Opens an image. Without write permission it is opened for reading only: readers then poll, as
     * they cannot claim a semaphore.
     *
     * @throws ImageException.Missing if there is none of that name
     * @throws ImageException.NotReady if its creator has not finished it
     * @throws ImageException.Damaged if it is truncated or contradicts itself
     * @throws ImageException if it has another format, is not a file, is on a GPU, or cannot be
     *     read
     */
    public static Image open(ImageDirectory directory, String name) {
        return open(directory, name, false);
    }

    /**
     * Opens an image whose name came from an untrusted source: like {@link #open}, but refuses an
     * alias that leads to a file outside of the directory.
     */
    public static Image openInside(ImageDirectory directory, String name) {
        return open(directory, name, true);
    }

    private static Image open(ImageDirectory directory, String name, boolean inside) {
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
                return map(name, file, fileKey(held.held()), channel, origin);
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
    private static Image map(String name, Path file, Object key, FileChannel channel, String origin)
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
            MemorySegment memory = mapping(channel, length, arena);
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

    static Object fileKey(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** The file system's key of its file, valid until the file is gone. */
    Object fileKey() {
        return fileKey;
    }

    /** The name it was opened by; if that is an alias, the name inside the file differs. */
    public String name() {
        return name;
    }

    public Path file() {
        return file;
    }

    public ImageSpec spec() {
        return spec;
    }

    /** The offsets of its parts. */
    public ImageLayout layout() {
        return layout;
    }

    /** Returns false if this process may only read it. */
    public boolean isWritable() {
        return writable;
    }

    /**
     * Returns true if the name no longer leads to this memory: the file was replaced, removed or
     * truncated. A separate thread detects that within a fraction of a second; a call costs a
     * volatile read.
     */
    public boolean isReplaced() {
        return replaced;
    }

    /**
     * Returns true if {@code write} has been raised for a second without a new frame: the writer
     * stopped in the middle of a frame, or takes long. Set and cleared within a fraction of a
     * second, like {@link #isReplaced}.
     */
    public boolean isWriterStalled() {
        return stall.isStalled();
    }

    /**
     * The PID of a process, other than this one, that has posted the semaphores; 0 if there is
     * none.
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
                            || !identity.isOf(memory);
            stall.update(memory, Clock.monotonicNs());
            LostMemory.check();
        } catch (IOException | InternalError gone) { // removed or truncated at this moment
            replaced = true;
        } catch (IllegalStateException closed) {
            // nobody needs the answer any more
        }
    }

    /**
     * Returns true if the memory still holds the image that was opened. Once it returned false, it
     * always does: an older C program re-creates an image in the same file, which is all zeros for
     * a while. Costs some ten nanoseconds. Call it after reading and before writing.
     *
     * @throws InternalError if the file was truncated, like any access to {@link #memory}
     */
    boolean holdsSameImage() {
        VarHandle.acquireFence();
        if (!identity.isOf(memory)) {
            replaced = true;
        }
        return !replaced;
    }

    /**
     * The whole file, writable if {@link #isWritable}; for a {@link FrameReader.Copier}. Other
     * callers must expect an {@link InternalError} when another process truncates the file.
     */
    public MemorySegment memory() {
        return memory;
    }

    /**
     * A copy of the head as it is now: 384 bytes, for {@link MetadataLayout}.
     *
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
     * All pixels, slice after slice, row after row. As with {@link #memory}, callers must expect an
     * {@link InternalError}.
     */
    public MemorySegment pixels() {
        return memory.asSlice(layout.pixels(), spec.pixelBytes());
    }

    public Keywords keywords() {
        return new Keywords(
                memory.asSlice(
                        layout.keywordsOffset(), (long) spec.keywordSlots() * KeywordLayout.BYTES),
                name);
    }

    /** Its process traces, slice stamps and ring stamps. */
    public ImageTables tables() {
        return new ImageTables(memory, spec, layout, name);
    }

    /**
     * The update counter; 0 while nothing was published. Like all values here, it is read at the
     * time of the call.
     *
     * @throws ImageException.Truncated if the file was truncated
     */
    public long cnt0() {
        return read(MetadataLayout::cnt0Acquire);
    }

    public long cnt1() {
        return read(MetadataLayout::cnt1Acquire);
    }

    public long cnt2() {
        return read(MetadataLayout::cnt2Acquire);
    }

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

    public Instant created() {
        return time(MetadataLayout.CREATIONTIME);
    }

    /** The time of the last access, which ImageStreamIO's programs seldom update. */
    public Instant lastAccessed() {
        return time(MetadataLayout.LASTACCESSTIME);
    }

    /** The time at which the newest data were acquired. */
    public Instant acquired() {
        return time(MetadataLayout.ATIME);
    }

    /** The time at which the newest data were written. */
    public Instant written() {
        return time(MetadataLayout.WRITETIME);
    }

    private Instant time(int field) {
        return LostMemory.read(name, () -> MetadataLayout.time(memory, field));
    }

    public int semaphoreValue(int index) {
        return (int) read(m -> Semaphores.value(m, semaphore(index)));
    }

    /** The value of the log semaphore: posts that no logger has taken. */
    public int logSemaphoreValue() {
        return (int) read(m -> Semaphores.value(m, layout.logSemaphore()));
    }

    /** The PID of the reader that claimed a semaphore; 0 or less if none did. */
    public int readerPid(int index) {
        return (int) read(m -> m.get(JAVA_INT, layout.readerPids() + 4L * index));
    }

    /** The PID of the writer that last posted a semaphore; 0 or less if none did. */
    public int writerPid(int index) {
        return (int) read(m -> m.get(JAVA_INT, layout.writerPids() + 4L * index));
    }

    long semaphore(int index) {
        return layout.semaphores() + index * Semaphores.BYTES;
    }

    /** Creates a reader with a semaphore of its own, if one is free. */
    public FrameReader newReader() {
        return newReader(true);
    }

    /** Creates a reader that polls {@code cnt0} and leaves the semaphores to others. */
    public FrameReader newPollingReader() {
        return newReader(false);
    }

    private FrameReader newReader(boolean claim) {
        return LostMemory.read(name, () -> new FrameReader(this, claim));
    }

    /**
     * Creates a writer.
     *
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
     * ended.
     */
    @Override
    public void close() {
        ReplacementWatch.remove(this);
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    @Override
    public String toString() {
        return name + " " + spec.describe();
    }
}
