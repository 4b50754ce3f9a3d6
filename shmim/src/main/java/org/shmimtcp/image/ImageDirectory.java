package org.shmimtcp.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;
import org.shmimtcp.posix.IoReason;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory that holds a machine's images, one {@code NAME.im.shm} each.
 *
 * @param path usually in memory (tmpfs)
 */
public record ImageDirectory(Path path) {
    /** The environment variable that names the directory, as in ImageStreamIO. */
    public static final String VARIABLE = "MILK_SHM_DIR";

    /** What follows the name of a stream in the name of its file. */
    public static final String SUFFIX = ".im.shm";

    private static final List<Path> FALLBACKS = List.of(Path.of("/milk/shm"), Path.of("/tmp"));
    private static final Logger LOG = LoggerFactory.getLogger(ImageDirectory.class);

    /**
     * {@return the directory that ImageStreamIO uses in this environment} It is the first that
     * exists of {@code $MILK_SHM_DIR}, {@code /milk/shm} and {@code /tmp}.
     */
    public static ImageDirectory fromEnvironment() {
        return resolve(System.getenv(), FALLBACKS);
    }

    /** Returns the first existing directory of {@code $MILK_SHM_DIR} and the fallbacks. */
    static ImageDirectory resolve(Map<String, String> environment, List<Path> fallbacks) {
        Path fallback =
                fallbacks.stream()
                        .filter(Files::isDirectory)
                        .findFirst()
                        .orElseGet(fallbacks::getLast);
        String wanted = environment.getOrDefault(VARIABLE, "");
        if (wanted.isEmpty()) {
            return new ImageDirectory(fallback);
        }
        Path directory = Path.of(wanted);
        if (Files.isDirectory(directory)) {
            return new ImageDirectory(directory);
        }
        LOG.warn("${} is {}, which is not a directory: using {}", VARIABLE, wanted, fallback);
        return new ImageDirectory(fallback);
    }

    /**
     * Finds the file that a stream has or would have.
     *
     * @param name any text
     * @return its path, whether it exists or not
     * @throws ImageException if {@link StreamName#check} refuses the name
     */
    public Path file(String name) {
        try {
            return path.resolve(StreamName.check(name) + SUFFIX);
        } catch (InvalidPathException e) {
            throw new ImageException(
                    "stream name '"
                            + StreamName.printable(name)
                            + "' cannot be a file name in this locale: set LC_ALL=C.UTF-8",
                    e);
        }
    }

    /**
     * Checks whether a stream exists.
     *
     * @param name any text
     * @return true if a file of that name, or an alias that leads to one, exists
     * @throws ImageException if {@link StreamName#check} refuses the name
     */
    public boolean has(String name) {
        return Files.exists(file(name));
    }

    /**
     * Refuses an alias (a symbolic link) that leads to a file outside of this directory: a remote
     * user who may choose a stream's name must not reach other files.
     *
     * @param name of a stream, which need not exist
     * @throws ImageException if the alias leads outside, or the name is refused
     */
    public void checkInside(String name) {
        Path file = file(name);
        if (!Files.isSymbolicLink(file) || Files.notExists(file)) {
            return; // an alias that leads nowhere can only be replaced
        }
        String origin = "stream '" + name + "' in " + path + " is an alias that ";
        try {
            if (!path.toRealPath().equals(file.toRealPath().getParent())) {
                throw new ImageException(outside(name));
            }
        } catch (IOException e) {
            throw new ImageException(origin + "cannot be followed: " + IoReason.of(e), e);
        }
    }

    /**
     * Like {@link #checkInside(String)}, for a file that is already held, because its name may be
     * replaced meanwhile.
     */
    void checkInside(FileFd held, String name) throws IOException {
        Path leadsTo = Files.readSymbolicLink(held.held());
        try (DirectoryFd here = DirectoryFd.open(path)) {
            if (!here.realPath().equals(leadsTo.getParent())) {
                throw new ImageException(outside(name));
            }
        }
    }

    private String outside(String name) {
        return "stream '"
                + name
                + "' in "
                + path
                + " is an alias that leads out of that directory: it is not followed";
    }

    /**
     * Lists the streams here, without opening them.
     *
     * @return the names of all images, sorted, whether they can be opened or not
     * @throws ImageException if the directory cannot be read
     */
    public List<String> names() {
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(SUFFIX) && !file.startsWith("."))
                    .map(file -> file.substring(0, file.length() - SUFFIX.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ImageException("directory " + path + " cannot be read: " + IoReason.of(e), e);
        }
    }

    /**
     * Removes an image. Processes that have it mapped keep their memory; new ones do not find it.
     *
     * @param name of an existing stream
     * @throws ImageException.Missing if there is none of that name
     * @throws ImageException if it cannot be removed
     */
    public void remove(String name) {
        try {
            if (!Files.deleteIfExists(file(name))) {
                throw missing(name);
            }
        } catch (IOException e) {
            throw new ImageException(
                    "stream '" + name + "' in " + path + " cannot be removed: " + IoReason.of(e),
                    e);
        }
    }

    /** The error for a name that does not exist here; its message suggests the nearest name. */
    ImageException.Missing missing(String name) {
        List<String> there = names();
        String nearest =
                NearestNames.of(name, there).stream()
                        .findFirst()
                        .map(other -> "; nearest name: " + other)
                        .orElse("");
        String count = there.size() == 1 ? "1 stream" : there.size() + " streams";
        return new ImageException.Missing(
                "no stream '" + name + "' in " + path + " (" + count + " there" + nearest + ")");
    }
}
