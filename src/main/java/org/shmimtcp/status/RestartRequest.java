package org.shmimtcp.status;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import org.shmimtcp.image.ImageDirectory;

/**
 * The wish that one end of a link begin anew: an empty file beside that of its state, looked for
 * once a second. A signal would do for a process with one end, but not where it has many. It counts
 * if it is root's or of the process's own user, as with a signal: anybody may write in that
 * directory.
 */
public final class RestartRequest {
    static final String SUFFIX = ".restart";

    private static final String OWNER = "unix:uid";
    private static final int ROOT = 0;
    private static final Path SELF = Path.of("/proc/self");

    /** The time of a file is the kernel's last tick. */
    private static final long TICK_MS = 20;

    private final Path file;
    private FileTime seen = FileTime.fromMillis(System.currentTimeMillis() - TICK_MS);

    /**
     * @param state the file of the end's state
     */
    RestartRequest(Path state) {
        this.file = beside(state);
    }

    static Path beside(Path state) {
        String name = String.valueOf(state.getFileName());
        String base = name.substring(0, name.length() - LinkStatuses.SUFFIX.length());
        return state.resolveSibling(base + SUFFIX);
    }

    /**
     * Asks for it.
     *
     * @return a file that is gone once it was heard
     * @throws NoSuchFileException if that end is there no longer
     * @throws AccessDeniedException if it is another user's
     * @throws IOException if the file cannot be written
     */
    public static Path make(ImageDirectory directory, LinkStatus link) throws IOException {
        Path state = LinkStatuses.file(directory, link);
        Object owner = Files.getAttribute(state, OWNER, LinkOption.NOFOLLOW_LINKS);
        Object self = Files.getAttribute(SELF, OWNER);
        if (!self.equals(ROOT) && !self.equals(owner)) {
            throw new AccessDeniedException(
                    link.stream(), null, "its process " + link.pid() + " is another user's");
        }
        Path request = beside(state);
        try {
            Files.write(request, new byte[0], StandardOpenOption.CREATE_NEW);
            if (!self.equals(owner)) { // whose process is to remove it
                Files.setAttribute(request, OWNER, owner, LinkOption.NOFOLLOW_LINKS);
            }
        } catch (FileAlreadyExistsException | NoSuchFileException askedBefore) {
            // one is enough
        }
        return request;
    }

    /** True, once, for each that was made since this is there. */
    boolean take() {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            Object owner = Files.getAttribute(file, OWNER, LinkOption.NOFOLLOW_LINKS);
            FileTime made = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
            boolean counts = owner.equals(ROOT) || owner.equals(Files.getAttribute(SELF, OWNER));
            boolean isNew = made.compareTo(seen) > 0;
            seen = made;
            return counts && isNew;
        } catch (IOException gone) {
            return false;
        } finally {
            remove();
        }
    }

    /** As far as it may: what is another's stays, and counts no more. */
    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException notOurs) {
            // it is seen
        }
    }
}
