package org.shmimtcp.status;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

/** The links of a machine: all that publish their state in one directory of streams. */
public final class LinkStatuses {
    /** Below the directory of the streams. */
    public static final String DIRECTORY = ".shmimtcp";

    static final String SUFFIX = ".json";

    /** A file of ours has less than 3 kB; any user may put others there. */
    private static final int MAX_BYTES = 65_536;

    private static final Comparator<LinkStatus> ORDER =
            Comparator.comparing(LinkStatus::stream)
                    .thenComparing(LinkStatus::kind)
                    .thenComparingInt(LinkStatus::port)
                    .thenComparingInt(LinkStatus::pid);

    private LinkStatuses() {}

    static Path path(ImageDirectory directory) {
        return directory.path().resolve(DIRECTORY);
    }

    /**
     * All links whose process lives, sorted by stream. Files that are none of ours are passed over.
     *
     * @throws IOException if the directory cannot be read
     */
    public static List<LinkStatus> read(ImageDirectory directory) throws IOException {
        List<LinkStatus> found = new ArrayList<>();
        for (Path file : files(directory)) {
            LinkStatus status = parse(file);
            if (status != null && status.isAlive()) {
                found.add(status);
            }
        }
        found.sort(ORDER);
        return found;
    }

    /**
     * Where an end keeps its state.
     *
     * @throws NoSuchFileException if it is there no longer
     */
    static Path file(ImageDirectory directory, LinkStatus link) throws IOException {
        for (Path file : files(directory)) {
            LinkStatus found = parse(file);
            if (found != null && found.isOf(link) && found.isAlive()) {
                return file;
            }
        }
        throw new NoSuchFileException(link.stream(), null, "that link has ended");
    }

    /** Removes what processes left behind that were killed; of other users', as far as allowed. */
    static void removeDead(ImageDirectory directory) {
        try {
            for (Path file : files(directory)) {
                LinkStatus status = parse(file);
                if (status != null && !status.isAlive()) {
                    Files.deleteIfExists(file);
                    Files.deleteIfExists(RestartRequest.beside(file));
                }
            }
        } catch (IOException notOurs) {
            // readers pass over it all the same
        }
    }

    private static List<Path> files(ImageDirectory directory) throws IOException {
        try (Stream<Path> all = Files.list(path(directory))) {
            return all.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).toList();
        } catch (NoSuchFileException none) {
            return List.of();
        }
    }

    private static @Nullable LinkStatus parse(Path file) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] text = in.readNBytes(MAX_BYTES + 1);
            return text.length > MAX_BYTES
                    ? null
                    : complete(JSON.std.beanFrom(LinkStatus.class, text));
        } catch (IOException | JacksonException gone) { // or none of ours
            return null;
        }
    }

    /** Without what every version wrote, it is not one. */
    @SuppressWarnings("ConstantValue") // the parser knows no nullness
    private static @Nullable LinkStatus complete(@Nullable LinkStatus read) {
        boolean whole =
                read != null
                        && read.kind() != null
                        && read.stream() != null
                        && read.state() != null
                        && read.host() != null
                        && read.version() != null
                        && (read.ages() == null || read.ages().isWhole());
        return whole ? read : null;
    }

    /** A JSON array with an object for each. */
    public static String toJson(List<LinkStatus> statuses) {
        return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(statuses);
    }

    /**
     * What {@link #toJson} made, perhaps on another machine.
     *
     * @throws IOException if it is something else
     */
    public static List<LinkStatus> fromJson(String text) throws IOException {
        try {
            List<LinkStatus> statuses = new ArrayList<>();
            for (LinkStatus read : JSON.std.listOfFrom(LinkStatus.class, text)) {
                LinkStatus status = complete(read);
                if (status != null) {
                    statuses.add(status);
                }
            }
            return statuses;
        } catch (JacksonException e) {
            throw new IOException("no list of links: " + e.getOriginalMessage(), e);
        }
    }
}
