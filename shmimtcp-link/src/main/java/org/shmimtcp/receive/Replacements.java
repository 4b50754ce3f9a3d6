package org.shmimtcp.receive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.posix.Processes;

/**
 * The streams that a receiver has replaced. Two programs that want different streams of the same
 * name would otherwise replace each other's streams forever. The receiver gives up after replacing
 * a stream twice within a few seconds. Call only on the loop's thread.
 */
final class Replacements {
    private static final long WINDOW_NS = 10_000_000_000L;

    /** Names come from the network. */
    private static final int MAX_NAMES = 256;

    private final LongSupplier clockNs;
    private final Map<String, History> histories =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, History> eldest) {
                    return size() > MAX_NAMES;
                }
            };

    /** The history of the stream of one name. */
    private static final class History {
        private @Nullable Object ownFile;
        private @Nullable Object contestedFile;
        private @Nullable Long lastNs;
        private @Nullable Long lastButOneNs;
    }

    /** Another program re-creates the stream each time that this receiver replaces it. */
    static final class ContestedException extends ImageException {
        private static final long serialVersionUID = 1L;

        private final boolean news;

        private ContestedException(String message, boolean news) {
            super(message);
            this.news = news;
        }

        /** True for the first refusal of this file; further ones need not be logged. */
        boolean isNews() {
            return news;
        }
    }

    Replacements(LongSupplier clockNs) {
        this.clockNs = clockNs;
    }

    /** Returns the identity of a stream's file; null if there is none. */
    static @Nullable Object fileKey(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (IOException none) {
            return null;
        }
    }

    /** Records that this receiver has created the stream. */
    void made(Image image) {
        history(image.name()).ownFile = fileKey(image.file());
    }

    /** Records that this receiver is about to replace another program's stream. */
    void replacing(Image there) {
        History history = history(there.name());
        if (!isOwn(there, history)) {
            history.lastButOneNs = history.lastNs;
            history.lastNs = clockNs.getAsLong();
        }
    }

    /**
     * Checks whether a stream of another shape may be replaced.
     *
     * @param wanted the stream that this receiver needs, for example {@code 50x50 f32}
     * @throws ContestedException if this receiver has just replaced it twice
     */
    void check(Image there, String wanted) {
        History history = history(there.name());
        if (isOwn(there, history)) {
            return;
        }
        int maker = MetadataLayout.creatorPid(there.head());
        Object file = fileKey(there.file());
        boolean known = file != null && file.equals(history.contestedFile);
        if (known && !Processes.isAlive(maker)) {
            history.contestedFile = null;
            return;
        }
        Long since = history.lastButOneNs;
        if (known || (since != null && clockNs.getAsLong() - since < WINDOW_NS)) {
            history.contestedFile = file;
            throw new ContestedException(explain(there, maker, wanted), !known);
        }
    }

    private static String explain(Image there, int maker, String wanted) {
        String process = StreamName.printable(Processes.name(maker));
        return "stream '"
                + there.name()
                + "' is "
                + there.spec().describe()
                + ", not "
                + wanted
                + ", and was re-created by process "
                + maker
                + (process.isEmpty() ? " (not running)" : " (" + process + ")")
                + " each time this receiver replaced it: no longer replaced; end one of the two,"
                + " or give this copy another name, then remove the stream (shmim rm "
                + there.name()
                + ")";
    }

    private static boolean isOwn(Image there, History history) {
        Object file = fileKey(there.file());
        return file != null && file.equals(history.ownFile);
    }

    private History history(String name) {
        return histories.computeIfAbsent(name, n -> new History());
    }
}
