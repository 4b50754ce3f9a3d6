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
 * The image files that processes of this machine have mapped. Each process is examined once,
 * however many streams name it: any user may plant thousands of files that name thousands of
 * processes. So the contents are valid only for a moment; create an instance for each poll.
 */
public final class ImageMappings {
    /**
     * The inodes that each process has mapped; null for a process that hides them from this user.
     */
    private final Map<Integer, @Nullable Set<String>> inodes = new HashMap<>();

    private final Function<Integer, @Nullable Set<String>> reader;

    public ImageMappings() {
        this(ImageMappings::read);
    }

    /**
     * Takes the inodes from another source.
     *
     * @param reader returns the inodes that a process has mapped; null if they cannot be determined
     */
    ImageMappings(Function<Integer, @Nullable Set<String>> reader) {
        this.reader = reader;
    }

    /**
     * True if a process has the inode mapped, or if that is unknown because another user's process
     * hides its mappings.
     */
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
