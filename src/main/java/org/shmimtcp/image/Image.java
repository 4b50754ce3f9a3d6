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
 * <p>Everything in it may change at any time at another process's hand. Single values are read as
 * they are at that moment; whole frames are for {@link FrameReader} and {@link FrameWriter}, which
 * say whether they are whole.
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
     * Takes over the memory of a file that is known to be good.
     *
     * @param identity of the head that was found to be good
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
     * Makes an image that is not there yet.
     *
     * @throws ImageException if one of that name is there, or it cannot be made
     */
    public static Image create(ImageDirectory directory, ImageSpec spec) {
        return new ImageFile(directory, spec).create(false);
    }

    /**
     * Makes an image; one of that name that is there is replaced at once by the finished new one.
     *
     * @throws ImageException if it cannot be made; what was there is then untouched
     */
    public static Image replace(ImageDirectory directory, ImageSpec spec) {
        return new ImageFile(directory, spec).create(true);
    }

    /**
     * Opens an image. Without permission to write it is opened for reading: a reader then polls, as
     * it cannot claim a semaphore.
     *
     * @throws ImageException.Missing if there is none of that name
     * @throws ImageException.NotReady if its maker has not finished it
     * @throws ImageException.Damaged if it is cut short or contradicts itself
     * @throws ImageException if it is of another format, not a file, on a GPU, or not readable
     */
    public static Image open(ImageDirectory directory, String name) {
        return open(directory, name, false);
    }

    /**
     * Opens an image for one who was told its name by a stranger: as {@link #open}, but refuses an
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
        // Held first, so that what is checked is what is opened, and a pipe does not block.
        try (FileFd held = DirectoryFd.holdFollowing(file)) {
            if (!held.status().isRegularFile()) {
                throw new ImageException(origin + " is no file");
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

    /** Checks all that a mapping relies on against the file's length, then maps. */
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
        } catch (NonWritableChannelException opened) { // as it may not be written
            return channel.map(MapMode.READ_ONLY, 0, length, arena);
        }
    }

    static Object fileKey(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    }

    /** What the file system knows its file by, until the file is gone. */
    Object fileKey() {
        return fileKey;
    }

    /** Its name here; the name inside the file is another where this is an alias. */
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

    /** False if this process may only read it. */
    public boolean isWritable() {
        return writable;
    }

    /**
     * True if the name no longer leads to this memory: the file was replaced, removed or cut short.
     * Noticed within a fraction of a second by a thread of its own; costs a volatile read.
     */
    public boolean isReplaced() {
        return replaced;
    }

    /**
     * True if {@code write} has been up for a second, and no frame came meanwhile: its writer has
     * stopped in the middle of one, or takes long. Noticed and forgotten within a fraction of a
     * second, as {@link #isReplaced} is.
     */
    public boolean isWriterStalled() {
        return stall.isStalled();
    }

    /** PID of a process that has posted the semaphores, but for this one; 0 if there is none. */
    public int writerPid() {
        for (int i = 0; i < spec.semaphores(); i++) {
            int pid = writerPid(i);
            if (pid > 0 && pid != Processes.ownPid()) {
                return pid;
            }
        }
        return 0;
    }

    /** Looks whether the name still leads here, and remembers if it does not. */
    void checkReplaced() {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            replaced |=
                    !fileKey.equals(now.fileKey())
                            || now.size() != layout.fileBytes()
                            || !identity.isOf(memory);
            stall.look(memory, Clock.monotonicNs());
            LostMemory.check();
        } catch (IOException | InternalError gone) { // removed, or cut short in this moment
            replaced = true;
        } catch (IllegalStateException closed) {
            // nobody wants to know any more
        }
    }

    /**
     * True if the memory still holds the image that was opened. False for good once it does not: an
     * older C program re-creates an image in the very same file, which is all zeros for a while.
     * Costs some ten nanoseconds; to be asked after what was read, and before what is written.
     *
     * @throws InternalError if the file was cut short, like any access to {@link #memory}
     */
    boolean holdsSameImage() {
        VarHandle.acquireFence();
        if (!identity.isOf(memory)) {
            replaced = true;
        }
        return !replaced;
    }

    /**
     * The whole file, writable if {@link #isWritable}: for a {@link FrameReader.Copier}, who else
     * has to expect an InternalError when another process cuts the file short.
     */
    public MemorySegment memory() {
        return memory;
    }

    /**
     * A copy of the head as it is now: 384 bytes, for {@link MetadataLayout}.
     *
     * @throws ImageException.Truncated if the file was cut short, or the image is re-created in it
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
     * All pixels, slice after slice, row after row. Like {@link #memory}, for those who expect an
     * InternalError.
     */
    public MemorySegment pixels() {
        return memory.asSlice(layout.pixels(), spec.pixelBytes());
    }

    public Keywords keywords() {
        return new Keywords(
                memory.asSlice(layout.keywords(), (long) spec.keywords() * KeywordLayout.BYTES),
                name);
    }

    /** Its process traces, slice stamps and ring stamps. */
    public ImageTables tables() {
        return new ImageTables(memory, spec, layout, name);
    }

    /**
     * Counts updates; 0 while nothing was published. Like all values here it is read as it is now.
     *
     * @throws ImageException.Truncated if the file was cut short
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

    /** Allocates nothing, as the accesses capture nothing. */
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

    /** What ImageStreamIO notes there; its programs seldom do. */
    public Instant lastAccessed() {
        return time(MetadataLayout.LASTACCESSTIME);
    }

    /** When the newest data were acquired. */
    public Instant acquired() {
        return time(MetadataLayout.ATIME);
    }

    /** When the newest data were written. */
    public Instant written() {
        return time(MetadataLayout.WRITETIME);
    }

    private Instant time(int field) {
        return LostMemory.read(name, () -> MetadataLayout.time(memory, field));
    }

    public int semaphoreValue(int index) {
        return (int) read(m -> Semaphores.value(m, semaphore(index)));
    }

    /** How often the semaphore of loggers was posted and not taken. */
    public int logSemaphoreValue() {
        return (int) read(m -> Semaphores.value(m, layout.logSemaphore()));
    }

    /** PID of the reader that claimed a semaphore; 0 or less if nobody did. */
    public int readerPid(int index) {
        return (int) read(m -> m.get(JAVA_INT, layout.readerPids() + 4L * index));
    }

    /** PID of the writer that last posted a semaphore; 0 or less if nobody did. */
    public int writerPid(int index) {
        return (int) read(m -> m.get(JAVA_INT, layout.writerPids() + 4L * index));
    }

    long semaphore(int index) {
        return layout.semaphores() + index * Semaphores.BYTES;
    }

    /** A reader with a semaphore of its own, if there is one free. */
    public FrameReader newReader() {
        return newReader(true);
    }

    /** A reader that polls {@code cnt0} and leaves the semaphores to others. */
    public FrameReader newPollingReader() {
        return newReader(false);
    }

    private FrameReader newReader(boolean claim) {
        return LostMemory.read(name, () -> new FrameReader(this, claim));
    }

    /**
     * A writer.
     *
     * @throws ImageException if this process may only read the image
     */
    public FrameWriter newWriter() {
        if (!writable) {
            throw new ImageException(
                    "stream '" + name + "' may only be read: permission denied for " + file);
        }
        return new FrameWriter(this);
    }

    /**
     * Gives the memory back. Readers and writers of this image must be closed, their loops over.
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
