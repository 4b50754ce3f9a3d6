package org.shmimtcp.procinfo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Locale;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;
import org.shmimtcp.posix.Processes;

/**
 * The file of one link end, which milk-procCTRL maps. This program reads and writes it instead of
 * mapping it, so that a file that another process truncates causes an ordinary error.
 *
 * <p>Not thread-safe.
 */
final class ProcessFile implements AutoCloseable {
    /** milk's mode: milk-procCTRL of any user may map the files and write to them. */
    static final int FOR_ALL = 0666;

    private static final int NO_END = -1;

    private final Path file;
    private final ProcessLayout layout;
    private final FileChannel channel;
    private final Object key;
    private final ByteBuffer memory;

    /** The part of {@link #memory} with the command, which is read twenty times a second. */
    private final ByteBuffer command;

    /**
     * The fields that stay the same.
     *
     * @param name of the process, at most 79 bytes
     * @param program the process's program
     * @param version of the program
     * @param description what the process does
     * @param stream that it follows; empty for none
     * @param priority SCHED_FIFO priority of its loop; 0 for none
     */
    record Identity(
            String name,
            String program,
            String version,
            String description,
            String stream,
            int priority) {}

    /**
     * The fields that change.
     *
     * @param state one of {@link ProcessLayout.State}
     * @param frames the number of frames transferred
     * @param missed the number of frames skipped
     */
    record Progress(int state, long frames, long missed, String message) {}

    /**
     * Mean times per frame, over the interval that just ended.
     *
     * @param iterationNs from one frame to the next
     * @param execNs the CPU time of the loop's thread for each
     */
    record Timing(long iterationNs, long execNs) {}

    /** Creates the file; replaces one left by a dead process of this PID. */
    static ProcessFile make(Path directory, ProcessLayout layout, Identity identity, int control)
            throws IOException {
        String name = fileName(identity.name, Processes.ownPid());
        try (DirectoryFd place = DirectoryFd.open(directory)) {
            place.delete(name);
            try (FileFd file = place.create(name, FOR_ALL)) {
                return make(file, layout, identity, control);
            } catch (IOException | RuntimeException e) {
                place.delete(name);
                throw e;
            }
        }
    }

    private static ProcessFile make(
            FileFd file, ProcessLayout layout, Identity identity, int control) throws IOException {
        FileChannel channel = file.channel(StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            var made = new ProcessFile(file, layout, channel);
            made.initialize(identity, control);
            return made;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private ProcessFile(FileFd file, ProcessLayout layout, FileChannel channel) throws IOException {
        this.file = file.path();
        this.layout = layout;
        this.channel = channel;
        this.key = key(file);
        this.memory = ByteBuffer.allocateDirect(layout.bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.command = memory.slice(ProcessLayout.CTRLVAL, Integer.BYTES);
    }

    static String fileName(String name, int pid) {
        return String.format(Locale.ROOT, "proc.%s.%06d.shm", name, pid);
    }

    private void initialize(Identity identity, int control) throws IOException {
        Clock.Wall now = new Clock.Wall().read();
        put(ProcessLayout.NAME, ProcessLayout.NAME_BYTES, identity.name);
        put(ProcessLayout.SOURCE_FUNCTION, ProcessLayout.SOURCE_BYTES, identity.program);
        put(ProcessLayout.SOURCE_FILE, ProcessLayout.SOURCE_BYTES, identity.version);
        memory.putInt(ProcessLayout.PID, Processes.ownPid());
        memory.putLong(ProcessLayout.CREATETIME, now.seconds());
        memory.putLong(ProcessLayout.CREATETIME + 8, now.nanos());
        memory.putLong(ProcessLayout.LOOPCNT_MAX, NO_END);
        memory.putInt(ProcessLayout.CTRLVAL, control);
        put(ProcessLayout.TMUXNAME, ProcessLayout.TMUXNAME_BYTES, " ");
        memory.putLong(layout.triggerStreamId, -1);
        put(layout.triggerStreamName, ProcessLayout.STREAM_NAME_BYTES, identity.stream);
        memory.putInt(layout.rtPriority, identity.priority > 0 ? identity.priority : -1);
        memory.putInt(layout.measureTiming, 1);
        put(layout.description, ProcessLayout.DESCRIPTION_BYTES, identity.description);
        ByteBuffer all = memory.slice(0, layout.bytes);
        while (all.hasRemaining()) {
            channel.write(all, all.position());
        }
    }

    /** The time of creation in seconds, as milk stores it in its list. */
    double createTime() {
        return memory.getLong(ProcessLayout.CREATETIME)
                + memory.getLong(ProcessLayout.CREATETIME + 8) / 1e9;
    }

    /** Returns true if its name still leads to it. */
    boolean isCurrent() {
        return isAt(file, key);
    }

    /**
     * Reads the command that another process has written: one of {@link ProcessLayout.Command}, or
     * any other value.
     */
    int control() throws IOException {
        read(channel, command.clear(), ProcessLayout.CTRLVAL, file);
        return memory.getInt(ProcessLayout.CTRLVAL);
    }

    void control(int command) throws IOException {
        memory.putInt(ProcessLayout.CTRLVAL, command);
        write(ProcessLayout.CTRLVAL, 4);
    }

    void tmuxSession(String session) throws IOException {
        put(ProcessLayout.TMUXNAME, ProcessLayout.TMUXNAME_BYTES, session);
        write(ProcessLayout.TMUXNAME, ProcessLayout.TMUXNAME_BYTES);
    }

    void progress(Progress now) throws IOException {
        memory.putLong(ProcessLayout.LOOPCNT, now.frames);
        write(ProcessLayout.LOOPCNT, 8);
        memory.putInt(ProcessLayout.LOOPSTAT, now.state);
        put(ProcessLayout.STATUSMSG, ProcessLayout.STATUSMSG_BYTES, now.message);
        write(ProcessLayout.LOOPSTAT, 4 + ProcessLayout.STATUSMSG_BYTES);
        memory.putLong(layout.missedFrames, now.missed);
        write(layout.missedFrames, 8);
    }

    /**
     * Fills the timing rings, from which milk-procCTRL computes medians, with evenly spaced frames
     * of the mean duration. Single frames are not measured, since measuring would cost each of them
     * time.
     */
    void timing(Timing mean) throws IOException {
        Clock.Wall wall = new Clock.Wall().read();
        long lastNs = wall.ns() - mean.execNs;
        for (int i = 0; i < ProcessLayout.TIMERS; i++) {
            long startNs = lastNs - (ProcessLayout.TIMERS - 1 - i) * mean.iterationNs;
            putTime(layout.execStart + i * ProcessLayout.TIMESPEC_BYTES, startNs);
            putTime(layout.execEnd + i * ProcessLayout.TIMESPEC_BYTES, startNs + mean.execNs);
        }
        memory.putInt(layout.timerIndex, ProcessLayout.TIMERS - 1);
        memory.putInt(layout.timingBufferCount, memory.getInt(layout.timingBufferCount) + 1);
        memory.putLong(layout.medianIterationNs, mean.iterationNs);
        memory.putLong(layout.medianExecNs, mean.execNs);
        write(layout.timerIndex, layout.medianExecNs + 8 - layout.timerIndex);
    }

    private void putTime(int at, long ns) {
        memory.putLong(at, Math.floorDiv(ns, 1_000_000_000L));
        memory.putLong(at + 8, Math.floorMod(ns, 1_000_000_000L));
    }

    private void put(int at, int bytes, String text) {
        text(memory.slice(at, bytes), text);
    }

    /** Fills a C text field, with at least one zero at its end. */
    static ByteBuffer text(ByteBuffer field, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(bytes, field.capacity());
        all[all.length - 1] = 0;
        return field.put(0, all);
    }

    private void write(int at, int bytes) throws IOException {
        write(channel, memory.slice(at, bytes), at, file);
    }

    static void read(FileChannel channel, ByteBuffer to, long offset, Path file)
            throws IOException {
        int at = to.position();
        while (to.hasRemaining()) {
            if (channel.read(to, offset + to.position() - at) < 0) {
                throw new IOException(file + " was truncated");
            }
        }
    }

    static void write(FileChannel channel, ByteBuffer from, long offset, Path file)
            throws IOException {
        if (channel.size() < offset + from.remaining()) {
            throw new IOException(file + " was truncated");
        }
        int at = from.position();
        while (from.hasRemaining()) {
            channel.write(from, offset + from.position() - at);
        }
    }

    static boolean isAt(Path file, Object key) {
        try {
            return key.equals(
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                            .fileKey());
        } catch (IOException gone) {
            return false;
        }
    }

    static Object key(FileFd file) throws IOException {
        return Files.readAttributes(file.held(), BasicFileAttributes.class).fileKey();
    }

    /** Removes the file. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (isCurrent()) {
            Files.deleteIfExists(file);
        }
    }
}
