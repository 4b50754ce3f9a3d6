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
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.posix.Semaphores;

/**
 * Makes the file of an image: whole, under a hidden name in the same directory, and only then under
 * its own. So nobody ever sees half a file, and a failure leaves nothing behind.
 */
final class ImageFile {
    /** {@code .NAME.im.shm.PID.tmp}; one whose process is dead is litter. */
    private static final Pattern HIDDEN = Pattern.compile("\\..*\\.im\\.shm\\.(\\d+)\\.tmp");

    private static final int ZEROS_BYTES = 1 << 20;

    private final ImageDirectory directory;
    private final ImageSpec spec;
    private final ImageLayout layout;
    private final Path file;
    private final Path hidden;

    ImageFile(ImageDirectory directory, ImageSpec spec) {
        this.directory = directory;
        this.spec = spec;
        this.layout = ImageLayout.of(spec);
        this.file = directory.file(spec.name());
        this.hidden =
                file.resolveSibling("." + file.getFileName() + "." + Processes.ownPid() + ".tmp");
    }

    @SuppressWarnings("MustBeClosedChecker") // the image closes the arena
    Image create(boolean replace) {
        String origin = "stream '" + spec.name() + "' cannot be made in " + directory.path();
        Arena arena = Arena.ofShared();
        try {
            checkRoom(origin);
            removeLitter();
            MemorySegment memory = allocate(arena);
            long inode = ((Number) Files.getAttribute(hidden, "unix:ino")).longValue();
            initialize(memory, inode);
            ImageIdentity identity = new ImageIdentity(memory);
            Object key = Image.fileKey(hidden); // under its own name it may be replaced at once
            publish(replace);
            return new Image(spec.name(), file, key, spec, layout, arena, memory, identity);
        } catch (FileAlreadyExistsException e) {
            arena.close();
            throw new ImageException(origin + ": there is one already", e);
        } catch (IOException e) {
            arena.close();
            throw new ImageException(origin + ": " + IoReason.of(e), e);
        } catch (InternalError e) {
            arena.close();
            throw LostMemory.truncated(spec.name(), e);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        } finally {
            deleteQuietly(hidden);
        }
    }

    /**
     * Gives the finished file its name. By link(2) where the name is free, even if it may be
     * replaced: programs that wait for new streams (milkzmqServer -a) watch for IN_CREATE, and a
     * rename is IN_MOVED_TO.
     */
    private void publish(boolean replace) throws IOException {
        try {
            Files.createLink(file, hidden);
        } catch (FileAlreadyExistsException e) {
            if (!replace) {
                throw e;
            }
            Files.move(hidden, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** A clear refusal before the attempt; {@link #allocate} still notices when it was wrong. */
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

    /** Writes zeros rather than leave a hole: a hole in a full tmpfs kills who touches it. */
    private MemorySegment allocate(Arena arena) throws IOException {
        Files.deleteIfExists(hidden);
        try (FileChannel channel =
                FileChannel.open(
                        hidden,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            ByteBuffer zeros =
                    ByteBuffer.allocateDirect((int) Math.min(ZEROS_BYTES, layout.fileBytes()));
            for (long left = layout.fileBytes(); left > 0; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), left));
                left -= channel.write(zeros);
            }
            Files.setPosixFilePermissions(hidden, PosixFilePermissions.fromString("rw-rw-rw-"));
            return channel.map(MapMode.READ_WRITE, 0, layout.fileBytes(), arena);
        }
    }

    private void initialize(MemorySegment memory, long inode) {
        MetadataLayout.initialize(memory, spec, inode, Processes.ownPid());
        Clock.Wall now = new Clock.Wall().read();
        MetadataLayout.time(memory, MetadataLayout.CREATIONTIME, now.seconds(), now.nanos());
        MetadataLayout.time(memory, MetadataLayout.LASTACCESSTIME, now.seconds(), now.nanos());
        for (int i = 0; i < spec.keywords(); i++) {
            long type = layout.keywords() + (long) i * KeywordLayout.BYTES + KeywordLayout.TYPE;
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

    /** Removes hidden files that processes killed in the act have left. */
    private void removeLitter() throws IOException {
        try (Stream<Path> files = Files.list(directory.path())) {
            files.filter(ImageFile::isLitter).forEach(ImageFile::deleteQuietly);
        }
    }

    private static boolean isLitter(Path path) {
        Matcher name = HIDDEN.matcher(path.getFileName().toString());
        return name.matches()
                && name.group(1).length() < 10
                && !Processes.isAlive(Integer.parseInt(name.group(1)));
    }

    private static void deleteQuietly(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException notOurs) {
            // litter of another user: harmless, and not worth failing for
        }
    }
}
