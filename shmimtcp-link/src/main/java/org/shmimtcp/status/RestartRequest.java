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
 * A request that one link end reconnect: an empty file beside the end's status file, checked once a
 * second. A signal could not address one of several ends in a process. As with a signal, a request
 * counts only if its file belongs to root or to the process's own user: anybody may write in that
 * directory. A hard link to another file of that user does not count: such a file has more than one
 * name, or content.
 */
public final class RestartRequest {
    static final String SUFFIX = ".restart";

    private static final int ROOT = 0;
    private static final int READ_BY_ALL = 0644;

    private final String file;
    private @Nullable Seen seen;

    /**
     * A request that no longer counts, because it was there at the start or was obeyed. Identified
     * by file rather than by time, because the clock may be set back.
     */
    private record Seen(long inode, long modifiedNs) {
        static Seen of(FileFd.Status is) {
            return new Seen(is.inode(), is.modifiedNs());
        }
    }

    /**
     * @param state name of the end's status file
     */
    RestartRequest(ImageDirectory directory, String state) {
        this.file = beside(state);
        try (DirectoryFd place = LinkStatuses.open(directory);
                FileFd before = place.holdIfThere(file)) {
            seen =
                    before == null
                            ? null
                            : Seen.of(before.status()); // left by an earlier process with the same
            // process id
        } catch (IOException none) {
            seen = null;
        }
    }

    static String beside(String state) {
        return state.substring(0, state.length() - LinkStatuses.SUFFIX.length()) + SUFFIX;
    }

    /**
     * Requests that a link end reconnect.
     *
     * @return the request's file, which disappears once the request has been obeyed
     * @throws NoSuchFileException if the link end no longer exists
     * @throws AccessDeniedException if it belongs to another user
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
                        link.stream(),
                        null,
                        "its process " + link.pid() + " belongs to another" + " user");
            }
            String request = beside(state);
            try (FileFd made = place.create(request, READ_BY_ALL)) {
                if (self != owner) { // the owner's process removes it
                    made.chown(owner);
                }
            } catch (FileAlreadyExistsException askedBefore) {
                // one request is enough
            }
            return place.path().resolve(request);
        } catch (NoSuchFileException gone) {
            throw LinkStatuses.ended(link);
        }
    }

    /** Returns true once for each request made since this object was created. */
    boolean take(DirectoryFd place) {
        try (FileFd request = place.holdIfThere(file)) {
            if (request == null) {
                return false;
            }
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

    /** Removes the request if permitted. A file of another user stays, and no longer counts. */
    void remove(DirectoryFd place) {
        try {
            place.delete(file);
        } catch (IOException notOurs) {
            // take() has recorded it as seen
        }
    }
}
