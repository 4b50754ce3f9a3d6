package org.shmimtcp.status;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;

/**
 * The image files that processes of this machine have mapped. Each process is examined once,
 * however many streams name it: any user may plant thousands of files that name thousands of
 * processes. So the contents are valid only for a moment; create an instance for each poll.
 */
public final class ImageMappings {
    private static final Path PROCESSES = Path.of("/proc");

    /** Permissions of a mapping that other processes share, see proc_pid_maps(5). */
    private static final String SHARED = "s";

    /**
     * Per process the inodes that it has mapped, with the number of shared mappings of each; null
     * for a process that hides them from this user.
     */
    private final Map<Integer, @Nullable Map<String, Integer>> processes = new HashMap<>();

    private final Function<Integer, @Nullable Map<String, Integer>> reader;

    public ImageMappings() {
        this(ImageMappings::read);
    }

    /**
     * Takes the inodes from another source.
     *
     * @param reader returns the inodes that a process has mapped, with the number of shared
     *     mappings of each; null if they cannot be determined
     */
    public ImageMappings(Function<Integer, @Nullable Map<String, Integer>> reader) {
        this.reader = reader;
    }

    /**
     * True if a process has the inode mapped, or if that is unknown because another user's process
     * hides its mappings.
     */
    boolean mayHave(int pid, long inode) {
        Map<String, Integer> mapped = of(pid);
        return mapped == null || mapped.containsKey(Long.toString(inode));
    }

    private @Nullable Map<String, Integer> of(int pid) {
        if (!processes.containsKey(pid)) {
            processes.put(pid, reader.apply(pid));
        }
        return processes.get(pid);
    }

    /**
     * Returns how many shared mappings of the inode a process has; 0 if it only looks at it with
     * {@link org.shmimtcp.image.Image#openToLook}, or hides its mappings.
     */
    public int uses(int pid, long inode) {
        Map<String, Integer> mapped = of(pid);
        return mapped == null ? 0 : mapped.getOrDefault(Long.toString(inode), 0);
    }

    /** True if a process has the inode mapped in any way; false if it hides its mappings. */
    public boolean has(int pid, long inode) {
        Map<String, Integer> mapped = of(pid);
        return mapped != null && mapped.containsKey(Long.toString(inode));
    }

    /** True if a process hides its mappings from this user, or has ended. */
    public boolean isHidden(int pid) {
        return of(pid) == null;
    }

    /** Returns the processes of this machine. */
    public static List<Integer> running() {
        try (Stream<Path> all = Files.list(PROCESSES)) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.chars().allMatch(c -> c >= '0' && c <= '9'))
                    .map(Integer::parseInt)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Map<String, Integer> read(int pid) {
        Path maps = PROCESSES.resolve(pid + "/maps");
        Map<String, Integer> found = new HashMap<>();
        try (Stream<String> lines = Files.lines(maps, StandardCharsets.ISO_8859_1)) {
            // start-end perms offset device inode path; see proc_pid_maps(5)
            lines.filter(line -> line.contains(ImageDirectory.SUFFIX))
                    .map(line -> line.split(" +", 6))
                    .filter(fields -> fields.length == 6)
                    .forEach(fields ->
                            found.merge(
                                    fields[4], fields[1].endsWith(SHARED) ? 1 : 0, Integer::sum));
            return found;
        } catch (IOException | UncheckedIOException hidden) {
            return null;
        }
    }
}
