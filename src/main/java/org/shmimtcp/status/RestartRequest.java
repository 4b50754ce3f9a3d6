package org.shmimtcp.status;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;

/**
 * The wish that one end of a link begin anew: an empty file beside that of its state, looked for
 * once a second. A signal would do for a process with one end, but not where it has many. It counts
 * if it is root's or of the process's own user, as with a signal: anybody may write in that
 * directory. A hard link to another file of that user does not count: it has two names, or content.
 */
public final class RestartRequest {
    static final String SUFFIX = ".restart";

    private static final int ROOT = 0;
    private static final int READ_BY_ALL = 0644;

    private final String file;
    private @Nullable Seen seen;

    /**
     * A request that counts no more: it was there before, or was heard. Which file that is, and not
     * since when: the clock may be set back.
     */
    private record Seen(long inode, long modifiedNs) {
        static Seen of(FileFd.Status is) {
            return new Seen(is.inode(), is.modifiedNs());
        }
    }

    /**
     * @param state the name of the file of the end's state
     */
    RestartRequest(ImageDirectory directory, String state) {
        this.file = beside(state);
        try (DirectoryFd place = LinkStatuses.open(directory);
                FileFd before = place.hold(file)) {
            seen = Seen.of(before.status()); // of a process that had this number
        } catch (IOException none) {
            seen = null;
        }
    }

    static String beside(String state) {
        return state.substring(0, state.length() - LinkStatuses.SUFFIX.length()) + SUFFIX;
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
        try (DirectoryFd place = LinkStatuses.open(directory)) {
            String state = LinkStatuses.file(place, link);
            int owner;
            try (FileFd file = place.hold(state)) {
                owner = file.status().uid();
            }
            int self = DirectoryFd.ownUid();
            if (self != ROOT && self != owner) {
                throw new AccessDeniedException(
                        link.stream(), null, "its process " + link.pid() + " is another user's");
            }
            String request = beside(state);
            try (FileFd made = place.create(request, READ_BY_ALL)) {
                if (self != owner) { // whose process is to remove it
                    made.chown(owner);
                }
            } catch (FileAlreadyExistsException askedBefore) {
                // one is enough
            }
            return place.path().resolve(request);
        } catch (NoSuchFileException gone) {
            throw LinkStatuses.ended(link);
        }
    }

    /** Returns true once for each request made since this object was created. */
    boolean take(DirectoryFd place) {
        try (FileFd request = place.hold(file)) {
            FileFd.Status is = request.status();
            boolean counts =
                    is.isRegularFile()
                            && is.links() == 1
                            && is.bytes() == 0
                            && (is.uid() == ROOT || is.uid() == DirectoryFd.ownUid());
            boolean isNew = !Seen.of(is).equals(seen);
            if (counts) {
                seen = Seen.of(is);
            }
            remove(place);
            return counts && isNew;
        } catch (IOException none) {
            return false;
        }
    }

    /** As far as it may: what is another's stays, and counts no more. */
    void remove(DirectoryFd place) {
        try {
            place.delete(file);
        } catch (IOException notOurs) {
            // it is seen
        }
    }
}
