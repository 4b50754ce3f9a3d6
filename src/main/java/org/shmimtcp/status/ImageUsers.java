package org.shmimtcp.status;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.posix.Processes;

/**
 * Which living processes write an image and which wait on it, by what they noted in it.
 *
 * <p>A number in the file may be that of a process long dead, now another's. So a process counts
 * only if it has the file mapped, as far as this user may see that.
 *
 * @param writers each once, in the order of the semaphores that they posted
 * @param readers each once, in the order of the semaphores that they claimed
 */
public record ImageUsers(List<ProcessName> writers, List<ProcessName> readers) {
    /** Looks it up now: reads the mappings of each process that is noted. */
    public static ImageUsers of(Image image) {
        int semaphores = image.spec().semaphores();
        long inode = MetadataLayout.inode(image.head());
        return new ImageUsers(
                users(semaphores, image::writerPid, inode),
                users(semaphores, image::readerPid, inode));
    }

    private static List<ProcessName> users(int semaphores, IntUnaryOperator slot, long inode) {
        return IntStream.range(0, semaphores)
                .map(slot)
                .distinct()
                .filter(Processes::isAlive)
                .filter(pid -> mayHaveMapped(pid, inode))
                .mapToObj(ProcessName::of)
                .toList();
    }

    /** True also if that cannot be found out: another user's process hides its mappings. */
    public static boolean mayHaveMapped(int pid, long inode) {
        String wanted = " " + inode + " ";
        Path maps = Path.of("/proc/" + pid + "/maps");
        try (Stream<String> lines = Files.lines(maps, StandardCharsets.ISO_8859_1)) {
            return lines.anyMatch(line -> line.contains(".im.shm") && line.contains(wanted));
        } catch (IOException | java.io.UncheckedIOException hidden) {
            return true;
        }
    }

    /** Writers and readers, each process once. */
    public List<ProcessName> all() {
        return Stream.concat(writers.stream(), readers.stream()).distinct().toList();
    }
}
