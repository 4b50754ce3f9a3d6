package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.posix.Semaphores;

/**
 * Creates the file of an image: completely, under a hidden name in the same directory, and then
 * gives it its name. So no process ever sees half a file, and a failure leaves nothing behind.
 */
final class ImageFile {
    /** {@code .NAME.im.shm.PID.tmp}; a file whose process is dead is litter. */
    private static final Pattern HIDDEN = Pattern.compile("\\..*\\.im\\.shm\\.(\\d+)\\.tmp");

    private static final int ZEROS_BYTES = 1 << 20;

    /** ImageStreamIO's mode: readers claim a semaphore, which needs write permission. */
    private static final int FOR_ALL = 0666;

    private static final int TRIES = 3;

    /** A limit, so that a process that fills the directory with names cannot delay this one. */
    private static final int MAX_NAMES = 20_000;

    private final ImageDirectory directory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final Path file;
    private final String name;
    private final String hidden;

    ImageFile(ImageDirectory directory, ImageSpec spec) {
        this.directory = directory;
        this.spec = spec;
        this.layout = ImageLayout.of(spec);
        this.file = directory.file(spec.name());
        this.name = spec.name() + ImageDirectory.SUFFIX;
        this.hidden = "." + name + "." + Processes.ownPid() + ".tmp";
    }

    @SuppressWarnings("MustBeClosedChecker") // the image closes the arena
    Image create(boolean replace) {
        String origin = "stream '" + spec.name() + "' cannot be created in " + directory.path();
        Arena arena = Arena.ofShared();
        try (DirectoryFd place = DirectoryFd.open(directory.path())) {
            checkRoom(origin);
            removeLitter(place);
            return create(place, arena, replace);
        } catch (FileAlreadyExistsException e) {
            arena.close();
            throw new ImageException(origin + ": it already exists", e);
        } catch (IOException e) {
            arena.close();
            throw new ImageException(origin + ": " + IoReason.of(e), e);
        } catch (InternalError e) {
            arena.close();
            throw LostMemory.truncated(spec.name(), e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Works only on the descriptor of the new file, never on its hidden name. Other processes may
     * give that name to another file; running as root, this process would then change that file.
     */
    @SuppressWarnings("MustBeClosedChecker") // the image closes the arena
    private Image create(DirectoryFd place, Arena arena, boolean replace) throws IOException {
        try (FileFd made = makeHidden(place)) {
            MemorySegment memory = allocate(arena, made);
            initialize(memory, made.status().inode());
            ImageIdentity identity = new ImageIdentity(memory);
            LostMemory.check();
            Object key = Image.fileKey(made.held());
            publish(place, made, replace);
            return new Image(spec.name(), file, key, spec, layout, arena, memory, identity);
        } finally {
            deleteQuietly(place, hidden);
        }
    }

    /**
     * Creates the hidden file. A file that already has its name was left by a process of this PID,
     * or planted.
     */
    private FileFd makeHidden(DirectoryFd place) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            place.delete(hidden);
            try {
                return place.create(hidden, FOR_ALL);
            } catch (FileAlreadyExistsException planted) {
                // created by another user between these two steps
            }
        }
        throw new IOException("another process keeps creating " + place.path().resolve(hidden));
    }

    /**
     * Gives the finished file its name. Uses link(2) if the name is free, even if replacing is
     * allowed: programs that wait for new streams (milkzmqServer -a) watch for IN_CREATE, but a
     * rename raises IN_MOVED_TO.
     */
    private void publish(DirectoryFd place, FileFd made, boolean replace) throws IOException {
        try {
            place.link(made, name);
        } catch (NoSuchFileException removed) {
            throw new IOException(
                    "another process removed "
                            + place.path().resolve(hidden)
                            + " while it was being created",
                    removed);
        } catch (FileAlreadyExistsException e) {
            if (!replace) {
                throw e;
            }
            place.rename(hidden, name);
        }
    }

    /**
     * Refuses early, with a clear message. If this check was wrong, {@link #allocate} still fails.
     */
    private void checkRoom(String origin) throws IOException {
        long free = Files.getFileStore(directory.path()).getUsableSpace();
        if (layout.fileBytes() > free) {
            throw new ImageException(
                    origin
                            + ": it needs "
                            + layout.fileBytes()
                            + " bytes, and "
                            + free
                            + " are free");
        }
    }

    /** Writes zeros instead of leaving a hole: touching a hole in a full tmpfs raises SIGBUS. */
    private MemorySegment allocate(Arena arena, FileFd made) throws IOException {
        try (FileChannel channel =
                made.channel(StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros =
                    ByteBuffer.allocateDirect((int) Math.min(ZEROS_BYTES, layout.fileBytes()));
            for (long left = layout.fileBytes(); left > 0; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), left));
                left -= channel.write(zeros);
            }
            return channel.map(MapMode.READ_WRITE, 0, layout.fileBytes(), arena);
        }
    }

    private void initialize(MemorySegment memory, long inode) {
        MetadataLayout.initialize(memory, spec, inode, Processes.ownPid());
        Clock.Wall now = new Clock.Wall().read();
        MetadataLayout.time(memory, MetadataLayout.CREATIONTIME, now.seconds(), now.nanos());
        MetadataLayout.time(memory, MetadataLayout.LASTACCESSTIME, now.seconds(), now.nanos());
        for (int i = 0; i < spec.keywordSlots(); i++) {
            long type =
                    layout.keywordsOffset() + (long) i * KeywordLayout.BYTES + KeywordLayout.TYPE;
            memory.set(JAVA_BYTE, type, (byte) 'N');
        }
        for (int i = 0; i < spec.semaphores(); i++) {
            Semaphores.init(memory, layout.semaphores() + i * Semaphores.BYTES);
            memory.set(JAVA_INT, layout.readerPids() + 4L * i, -1);
            memory.set(JAVA_INT, layout.writerPids() + 4L * i, -1);
        }
        // The log semaphore stays all zeros, as ImageStreamIO leaves it.
        for (int i = 0; i < spec.processTraces(); i++) {
            long trace = layout.processTraces() + (long) i * ProcessTraceLayout.BYTES;
            memory.set(JAVA_INT, trace + ProcessTraceLayout.SEMAPHORE, -1);
        }
        MetadataLayout.versionLast(memory);
    }

    /** Removes hidden files left by processes that were killed while they created an image. */
    private static void removeLitter(DirectoryFd place) throws IOException {
        for (String file : place.names(MAX_NAMES)) {
            if (isLitter(file)) {
                deleteQuietly(place, file);
            }
        }
    }

    private static boolean isLitter(String file) {
        Matcher name = HIDDEN.matcher(file);
        return name.matches()
                && name.group(1).length() < 10
                && !Processes.isAlive(Integer.parseInt(name.group(1)));
    }

    private static void deleteQuietly(DirectoryFd place, String file) {
        try {
            place.delete(file);
        } catch (IOException notOurs) {
            // another user's litter: harmless, and not worth failing for
        }
    }
}
