package org.shmimtcp.procinfo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.settings.Environment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where link ends are shown to milk's tools, and in which layout. */
public final class ProcessInfo {
    private static final String AUTO = "auto";
    private static final String OFF = "off";

    /** The prefix of this program's own program names. */
    private static final String OURS = "shmimTCP";

    /** The layout if no process of milk is found: that of milk's releases. */
    private static final ProcessLayout DEFAULT = ProcessLayout.PLAIN;

    /** A limit, so that a process that fills the directory with names cannot delay a link. */
    private static final int MAX_NAMES = 20_000;

    private static final int MAX_FILES = 1000;

    /** Of hundreds of ends that start together, one examines the files of all. */
    private static final long KEPT_NS = 2_000_000_000L;

    private static final Pattern FILE = Pattern.compile("proc\\..*\\.(\\d{1,9})\\.shm");
    private static final Logger LOG = LoggerFactory.getLogger(ProcessInfo.class);

    private record Seen(ProcessLayout layout, long atNs) {}

    private final Path directory;
    private final @Nullable ProcessLayout chosen;
    private volatile @Nullable Seen last;

    /**
     * Creates it.
     *
     * @param directory of the list and of the files of all processes
     * @param chosen null to use the layout that milk's own processes use there
     */
    private ProcessInfo(Path directory, @Nullable ProcessLayout chosen) {
        this.directory = directory;
        this.chosen = chosen;
    }

    /**
     * Finds the directory as milk does: {@code $MILK_PROC_DIR} if it is a directory, otherwise that
     * of the streams.
     *
     * @param which {@code auto}, {@code off} or a length in bytes
     * @return empty for off
     * @throws IllegalArgumentException if it is none of these
     */
    public static Optional<ProcessInfo> of(
            String which, Map<String, String> environment, ImageDirectory streams) {
        String word = which.toLowerCase(Locale.ROOT);
        if (word.equals(OFF)) {
            return Optional.empty();
        }
        ProcessLayout layout = word.equals(AUTO) ? null : layout(which);
        return Optional.of(new ProcessInfo(directory(environment, streams), layout));
    }

    private static ProcessLayout layout(String bytes) {
        try {
            return ProcessLayout.ofBytes(Long.parseLong(bytes)).orElseThrow();
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "'" + bytes + "': must be auto, off, 4624, 4640 or 4880", e);
        }
    }

    private static Path directory(Map<String, String> environment, ImageDirectory streams) {
        String wanted = environment.getOrDefault(Environment.PROCESSES.variable(), "");
        if (wanted.isEmpty() || Files.isDirectory(Path.of(wanted))) {
            return wanted.isEmpty() ? streams.path() : Path.of(wanted);
        }
        LOG.warn(
                "${} is {}, which is not a directory: using {}",
                Environment.PROCESSES.variable(),
                wanted,
                streams.path());
        return streams.path();
    }

    /**
     * Shows a link end, from its first tick until the observer is closed.
     *
     * @param program that it runs in
     * @param priority SCHED_FIFO priority of its loop; 0 for none
     */
    public Observer show(LinkEnd end, String program, int priority) {
        return new ProcessRecord(this, end, program, priority);
    }

    /** Returns the directory of the list and of the files of all processes. */
    Path directory() {
        return directory;
    }

    /** The layout to use now, or that of two seconds ago. */
    ProcessLayout layout() throws IOException {
        if (chosen != null) {
            return chosen;
        }
        long nowNs = Clock.monotonicNs();
        Seen seen = last;
        if (seen == null || nowNs - seen.atNs > KEPT_NS) {
            seen = new Seen(found().orElse(DEFAULT), nowNs);
            last = seen;
        }
        return seen.layout;
    }

    /** A file of one of milk's processes. */
    private record Found(ProcessLayout layout, boolean alive, long modifiedNs) {}

    /** Returns the layout of milk's newest process, living ones first. */
    private Optional<ProcessLayout> found() throws IOException {
        try (DirectoryFd place = DirectoryFd.open(directory)) {
            return place.names(MAX_NAMES).stream()
                    .map(FILE::matcher)
                    .filter(Matcher::matches)
                    .limit(MAX_FILES)
                    .map(name -> found(place, name.group(), Integer.parseInt(name.group(1))))
                    .filter(Objects::nonNull)
                    .max(Comparator.comparing(Found::alive).thenComparingLong(Found::modifiedNs))
                    .map(Found::layout);
        }
    }

    /**
     * Examines a file. The file of a living process counts only if that process's user created it,
     * since anyone may put files there.
     */
    private static @Nullable Found found(DirectoryFd place, String name, int pid) {
        try (FileFd file = place.hold(name)) {
            FileFd.Status is = file.status();
            ProcessLayout layout = ProcessLayout.ofBytes(is.bytes()).orElse(null);
            boolean alive = Processes.isAlive(pid);
            if (layout == null
                    || !is.isRegularFile()
                    || (alive && !Processes.isOwnedBy(pid, is.uid()))
                    || isOurs(file)) {
                return null;
            }
            return new Found(layout, alive, is.modifiedNs());
        } catch (IOException gone) {
            return null;
        }
    }

    private static boolean isOurs(FileFd file) throws IOException {
        ByteBuffer program = ByteBuffer.allocate(OURS.length());
        try (FileChannel channel = file.channel(StandardOpenOption.READ)) {
            channel.position(ProcessLayout.SOURCE_FUNCTION).read(program);
        }
        return new String(program.array(), StandardCharsets.US_ASCII).equals(OURS);
    }
}
