package org.shmimtcp.status;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.posix.Processes;

/**
 * The running processes that write an image or wait on it, according to the process ids in its
 * file.
 *
 * <p>A process id in the file may belong to a process that ended long ago, and now to another one.
 * So a process counts only if it has the file mapped, as far as this user may see its mappings.
 *
 * @param writers each once, in the order of the semaphores that they posted
 * @param readers each once, in the order of the semaphores that they claimed
 */
public record ImageUsers(List<ProcessName> writers, List<ProcessName> readers) {
    /** Finds the users of an image. */
    public static ImageUsers of(Image image) {
        return of(image, new ImageMappings());
    }

    /**
     * Finds the users of one of many images.
     *
     * @param mappings the mappings of this moment
     */
    public static ImageUsers of(Image image, ImageMappings mappings) {
        int semaphores = image.spec().semaphores();
        IntPredicate mapped = pid -> mappings.mayHave(pid, MetadataLayout.inode(image.head()));
        return new ImageUsers(
                users(semaphores, image::writerPid, mapped),
                users(semaphores, image::readerPid, mapped));
    }

    private static List<ProcessName> users(
            int semaphores, IntUnaryOperator slot, IntPredicate mapped) {
        return IntStream.range(0, semaphores)
                .map(slot)
                .distinct()
                .filter(Processes::isAlive)
                .filter(mapped)
                .mapToObj(ProcessName::of)
                .toList();
    }

    /** Returns writers and readers, each process once. */
    public List<ProcessName> all() {
        return Stream.concat(writers.stream(), readers.stream()).distinct().toList();
    }
}
