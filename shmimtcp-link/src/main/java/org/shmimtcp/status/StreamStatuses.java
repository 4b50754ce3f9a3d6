package org.shmimtcp.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamAge;
import org.shmimtcp.posix.Clock;

/**
 * Polls all streams of a directory. Streams stay mapped between polls, which is cheaper than
 * opening them each time. Polling claims no semaphore and copies no pixels.
 *
 * <p>Not thread-safe.
 */
public final class StreamStatuses implements AutoCloseable {
    /**
     * Users are looked up only in every fifth poll, because the look-up in /proc is the most
     * expensive part.
     */
    private static final int USERS_EVERY = 5;

    /** Rates over a shorter time would be noise. */
    private static final long MIN_RATE_NS = 200_000_000L;

    private final ImageDirectory directory;
    private final Map<String, Followed> followed = new TreeMap<>();
    private long polls;

    public StreamStatuses(ImageDirectory directory) {
        this.directory = directory;
    }

    /** A stream with its state at the last poll. */
    private static final class Followed {
        final Image image;
        final @Nullable String alias;
        final int turn;
        ImageUsers users;
        final FrameRate rate;

        Followed(
                Image image, @Nullable String alias, int turn, ImageMappings mappings, long nowNs) {
            this.image = image;
            this.alias = alias;
            this.turn = turn;
            this.users = ImageUsers.of(image, mappings);
            this.rate = new FrameRate(image, MIN_RATE_NS, nowNs);
        }

        void lookUpUsers(ImageMappings mappings) {
            users = ImageUsers.of(image, mappings);
        }

        /** Returns the age of the newest frame in s; null if it is unknown. */
        @Nullable Double ageS(long nowNs) {
            long ageNs = rate.ageNs(nowNs);
            return ageNs == StreamAge.UNKNOWN ? null : ageNs / 1e9;
        }
    }

    /**
     * Polls all streams; returns them sorted by name. The first poll of a stream gives no rate.
     *
     * @throws ImageException if the directory cannot be read
     */
    public List<StreamStatus> poll() {
        polls++;
        List<String> names = directory.names();
        forgetAllBut(new HashSet<>(names));
        ImageMappings mappings = new ImageMappings();
        List<StreamStatus> found = new ArrayList<>();
        for (String name : names) {
            found.add(pollStream(name, mappings));
        }
        return found;
    }

    private void forgetAllBut(Set<String> names) {
        followed.entrySet()
                .removeIf(entry -> {
                    boolean gone =
                            !names.contains(entry.getKey()) || entry.getValue().image.isReplaced();
                    if (gone) {
                        entry.getValue().image.close();
                    }
                    return gone;
                });
    }

    private StreamStatus pollStream(String name, ImageMappings mappings) {
        Followed stream = followed.get(name);
        try {
            long nowNs = Clock.monotonicNs();
            if (stream == null) {
                stream = open(name, mappings, nowNs);
                followed.put(name, stream);
            } else {
                if ((polls + stream.turn) % USERS_EVERY == 0) {
                    stream.lookUpUsers(mappings);
                }
                stream.rate.update(nowNs);
            }
            return describe(name, stream, nowNs);
        } catch (ImageException.Truncated cut) {
            if (stream != null) {
                followed.remove(name);
                stream.image.close();
            }
            return StreamStatus.unusable(name, "was truncated just now");
        } catch (ImageException unusable) {
            return StreamStatus.unusable(name, fault(name, unusable));
        }
    }

    private Followed open(String name, ImageMappings mappings, long nowNs) {
        Image image = Image.openToLook(directory, name);
        try {
            return new Followed(image, alias(name), followed.size(), mappings, nowNs);
        } catch (ImageException.Truncated cut) {
            image.close();
            throw cut;
        }
    }

    private @Nullable String alias(String name) {
        Path file = directory.path().resolve(name + ImageDirectory.SUFFIX);
        try {
            return Files.isSymbolicLink(file) ? Files.readSymbolicLink(file).toString() : null;
        } catch (IOException gone) {
            return null;
        }
    }

    private static StreamStatus describe(String name, Followed stream, long nowNs) {
        Image image = stream.image;
        return new StreamStatus(
                name,
                stream.alias,
                image.spec().shape().toString(),
                image.spec().type().letters(),
                Double.isNaN(stream.rate.hz()) ? null : stream.rate.hz(),
                stream.ageS(nowNs),
                stream.rate.cnt0(),
                stream.users.writers().stream().map(ProcessName::toString).toList(),
                stream.users.readers().stream().map(ProcessName::toString).toList(),
                null);
    }

    /** Returns the fault without the stream's name, which the reader already knows. */
    private String fault(String name, ImageException unusable) {
        String origin = "stream '" + name + "' in " + directory.path() + " ";
        String fault = String.valueOf(unusable.getMessage());
        return fault.startsWith(origin) ? fault.substring(origin.length()) : fault;
    }

    @Override
    public void close() {
        followed.values().forEach(stream -> stream.image.close());
        followed.clear();
    }
}
