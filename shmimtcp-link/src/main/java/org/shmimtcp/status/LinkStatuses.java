package org.shmimtcp.status;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;
import org.shmimtcp.posix.Processes;
import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

/** The links of a machine that publish their state in one directory of streams. */
public final class LinkStatuses {
    /** Subdirectory of the directory of streams. */
    public static final String DIRECTORY = ".shmimtcp";

    static final String SUFFIX = ".json";

    /** The name of a status file: {@code KIND-PID-NUMBER.json}. */
    private static final Pattern FILE =
            Pattern.compile("(?:rx|tx|sub|pub)-(\\d{1,9})-\\d{1,9}\\.json");

    /** A printed {@link org.shmimtcp.link.StreamId}. */
    private static final Pattern ID = Pattern.compile("[0-9a-f]{16}");

    /**
     * A status file is shorter than 5 kB, a publisher's than 15 kB. Any user may put other files
     * there.
     */
    private static final int MAX_BYTES = 16_384;

    /** Maximum number of names examined. Any user may create files there. */
    private static final int MAX_NAMES = 20_000;

    /** Maximum number of one user's files read, so that no user can hide the links of others. */
    private static final int MAX_OF_A_USER = 1000;

    private static final Comparator<LinkStatus> ORDER =
            Comparator.comparing(LinkStatus::stream)
                    .thenComparing(LinkStatus::kind)
                    .thenComparingInt(LinkStatus::port)
                    .thenComparingInt(LinkStatus::pid);

    private LinkStatuses() {}

    /** Opens the directory of the states. A symbolic link is not followed. */
    static DirectoryFd open(ImageDirectory directory) throws IOException {
        try (DirectoryFd streams = DirectoryFd.open(directory.path())) {
            return streams.directory(DIRECTORY);
        }
    }

    /**
     * Returns all links whose process is running, sorted by stream. Other files are ignored, and so
     * are files whose owner is not the user of the process that they describe.
     *
     * @throws IOException if the directory cannot be read
     */
    public static List<LinkStatus> read(ImageDirectory directory) throws IOException {
        try (DirectoryFd place = open(directory)) {
            List<LinkStatus> found = new ArrayList<>(living(place).values());
            found.sort(ORDER);
            return found;
        } catch (NoSuchFileException none) {
            return List.of();
        }
    }

    /** Returns the states of running processes, by file name. */
    private static Map<String, LinkStatus> living(DirectoryFd place) throws IOException {
        Map<String, LinkStatus> found = new HashMap<>();
        Map<Integer, Integer> filesOfUser = new HashMap<>();
        for (String name : place.names(MAX_NAMES)) {
            int pid = pid(name);
            if (!Processes.isAlive(pid)) {
                continue;
            }
            try (FileFd file = place.hold(name)) {
                int uid = file.status().uid();
                if (filesOfUser.merge(uid, 1, Integer::sum) > MAX_OF_A_USER
                        || !Processes.isOwnedBy(pid, uid)) {
                    continue;
                }
                LinkStatus status = parse(file);
                if (status != null && status.pid() == pid && status.isAlive()) {
                    found.put(name, status);
                }
            } catch (NoSuchFileException ended) {
                // the process has just ended
            }
        }
        return found;
    }

    /** Returns the process id in a file's name; 0 if the file is not a status file. */
    private static int pid(String file) {
        Matcher name = FILE.matcher(file);
        return name.matches() ? Integer.parseInt(name.group(1)) : 0;
    }

    /**
     * Returns the name of the file in which a link end keeps its state.
     *
     * @throws NoSuchFileException if the file no longer exists
     */
    static String file(DirectoryFd place, LinkStatus link) throws IOException {
        return living(place).entrySet().stream()
                .filter(found -> found.getValue().isOf(link))
                .findAny()
                .orElseThrow(() -> ended(link))
                .getKey();
    }

    static NoSuchFileException ended(LinkStatus link) {
        return new NoSuchFileException(link.stream(), null, "that link has ended");
    }

    /** Removes files left behind by killed processes, including other users' where permitted. */
    static void removeDead(DirectoryFd place) {
        try {
            Set<String> living = living(place).keySet();
            for (String name : place.names(MAX_NAMES)) {
                int pid = pid(name);
                if (pid > 0 && !living.contains(name)) {
                    removeIfDead(place, name, pid);
                }
            }
        } catch (IOException unreadable) {
            // readers ignore these files anyway
        }
    }

    private static void removeIfDead(DirectoryFd place, String name, int pid) {
        try {
            if (isDead(place, name, pid)) {
                place.delete(name);
                place.delete(RestartRequest.beside(name));
            }
        } catch (IOException anotherUsers) {
            // its owner's programs may remove it
        }
    }

    private static boolean isDead(DirectoryFd place, String name, int pid) throws IOException {
        if (!Processes.isAlive(pid)) {
            return true;
        }
        try (FileFd file = place.hold(name)) {
            LinkStatus status = parse(file);
            return status != null && !status.isAlive();
        }
    }

    private static @Nullable LinkStatus parse(FileFd file) {
        try {
            FileFd.Status is = file.status();
            if (!is.isRegularFile() || is.bytes() > MAX_BYTES) {
                return null;
            }
            try (InputStream in = Files.newInputStream(file.held())) {
                return complete(JSON.std.beanFrom(LinkStatus.class, in.readNBytes(MAX_BYTES)));
            }
        } catch (IOException | JacksonException gone) { // or not a status file
            return null;
        }
    }

    /** Returns null for an incomplete status, which lacks a field that every version writes. */
    @SuppressWarnings("ConstantValue") // the parser ignores nullness
    private static @Nullable LinkStatus complete(@Nullable LinkStatus read) {
        boolean whole =
                read != null
                        && read.kind() != null
                        && read.stream() != null
                        && read.state() != null
                        && read.host() != null
                        && read.version() != null
                        && (read.ages() == null || read.ages().isWhole())
                        && (read.views() == null
                                || read.views().stream().allMatch(LinkStatuses::whole))
                        && (read.origins() == null
                                || read.origins().stream().allMatch(LinkStatuses::isId));
        return whole ? read : null;
    }

    @SuppressWarnings("ConstantValue") // the parser ignores nullness
    private static boolean whole(LinkEnd.@Nullable View view) {
        return view != null && view.client() != null && view.stream() != null;
    }

    @SuppressWarnings("ConstantValue") // the parser ignores nullness
    private static boolean isId(@Nullable String origin) {
        return origin != null && ID.matcher(origin).matches();
    }

    /** Returns a JSON array with one object per link. */
    public static String toJson(List<LinkStatus> statuses) {
        return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(statuses);
    }

    /** Returns the same without the counts of ages, which are most of it. */
    public static String toShortJson(List<LinkStatus> statuses) {
        List<Map<String, Object>> all = new ArrayList<>();
        for (LinkStatus status : statuses) {
            Map<String, Object> fields = fields(status);
            fields.remove("ages");
            all.add(fields);
        }
        return JSON.std.asString(all);
    }

    /** Returns the fields of a link's JSON object. */
    public static Map<String, Object> fields(LinkStatus status) {
        return new LinkedHashMap<>(JSON.std.mapFrom(JSON.std.asString(status)));
    }

    /**
     * Parses the output of {@link #toJson}, perhaps from another machine.
     *
     * @throws IOException if the text is something else
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
            throw new IOException("not a list of links: " + e.getOriginalMessage(), e);
        }
    }
}
