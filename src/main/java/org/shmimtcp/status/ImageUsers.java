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
 * Which living processes write an image and which wait on it, by what they noted in it.
 *
 * <p>A number in the file may be that of a process long dead, now another's. So a process counts
 * only if it has the file mapped, as far as this user may see that.
 *
 * @param writers each once, in the order of the semaphores that they posted
 * @param readers each once, in the order of the semaphores that they claimed
 */
public record ImageUsers(List<ProcessName> writers, List<ProcessName> readers) {
    /** Looks it up now. */
    public static ImageUsers of(Image image) {
        return of(image, new ImageMappings());
    }

    /**
     * Looks it up for one of many images.
     *
     * @param mappings of this moment
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

    /** Writers and readers, each process once. */
    public List<ProcessName> all() {
        return Stream.concat(writers.stream(), readers.stream()).distinct().toList();
    }
}
