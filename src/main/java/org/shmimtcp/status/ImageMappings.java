package org.shmimtcp.status;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;

/**
 * Which image files the processes of this machine have mapped. Each process is asked once, however
 * many streams name it: anybody may plant thousands of files that name thousands of processes. So
 * an object of this class is true for a moment only.
 */
public final class ImageMappings {
    /** The inodes of each process; null for one that does not show them to this user. */
    private final Map<Integer, @Nullable Set<String>> inodes = new HashMap<>();

    private final Function<Integer, @Nullable Set<String>> reader;

    public ImageMappings() {
        this(ImageMappings::read);
    }

    /**
     * The same from another source.
     *
     * @param reader the inodes that a process has mapped; null if that cannot be found out
     */
    ImageMappings(Function<Integer, @Nullable Set<String>> reader) {
        this.reader = reader;
    }

    /** True also if that cannot be found out: another user's process hides its mappings. */
    boolean mayHave(int pid, long inode) {
        if (!inodes.containsKey(pid)) {
            inodes.put(pid, reader.apply(pid));
        }
        Set<String> mapped = inodes.get(pid);
        return mapped == null || mapped.contains(Long.toString(inode));
    }

    private static @Nullable Set<String> read(int pid) {
        Path maps = Path.of("/proc/" + pid + "/maps");
        Set<String> found = new HashSet<>();
        try (Stream<String> lines = Files.lines(maps, StandardCharsets.ISO_8859_1)) {
            // start-end perms offset device inode path; see proc_pid_maps(5)
            lines.filter(line -> line.contains(ImageDirectory.SUFFIX))
                    .map(line -> line.split(" +", 6))
                    .filter(fields -> fields.length == 6)
                    .forEach(fields -> found.add(fields[4]));
            return found;
        } catch (IOException | UncheckedIOException hidden) {
            return null;
        }
    }
}
