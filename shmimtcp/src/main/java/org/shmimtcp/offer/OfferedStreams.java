package org.shmimtcp.offer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.status.FrameRate;
import org.shmimtcp.wire.Catalogue;
import org.shmimtcp.wire.CatalogueMessage;

/**
 * The streams that are offered, read at most four times a second, and only when somebody asks. They
 * stay mapped while somebody asks again and again. No semaphore is claimed and no pixel is copied.
 */
final class OfferedStreams implements AutoCloseable {
    /** A catalogue is handed out again for so long; a rate over less time would be noise. */
    static final long SAMPLE_NS = 250_000_000L;

    /** After so long without a request, the rates are too old, and the streams are unmapped. */
    private static final long FORGET_NS = 10_000_000_000L;

    private final ImageDirectory directory;
    private final NamePatterns names;
    private final int instance = ThreadLocalRandom.current().nextInt() | 1;
    private final Map<String, Followed> followed = new TreeMap<>();
    private final Clock.Wall wall = new Clock.Wall();
    private @Nullable Catalogue newest;
    private long sampledNs;
    private boolean closed;

    OfferedStreams(ImageDirectory directory, NamePatterns names) {
        this.directory = directory;
        this.names = names;
    }

    /** A mapped stream. */
    private static final class Followed {
        final Image image;
        final Catalogue.Identity identity;
        final FrameRate rate;

        Followed(Image image, long nowNs) {
            this.image = image;
            this.identity =
                    new Catalogue.Identity(MetadataLayout.inode(image.head()), image.created());
            this.rate = new FrameRate(image, SAMPLE_NS, nowNs);
        }

        Catalogue.Stream sample(String name, long nowNs) {
            long now = image.cnt0();
            rate.update(nowNs);
            ImageSpec spec = image.spec();
            return new Catalogue.Stream(
                    name,
                    new Catalogue.Form(
                            spec.type(),
                            spec.shape(),
                            spec.isCircular(),
                            spec.keywordSlots(),
                            spec.ringSize()),
                    now,
                    identity,
                    rate.hz(),
                    rate.ageNs(nowNs));
        }
    }

    /**
     * Returns the catalogue as it was at most {@link #SAMPLE_NS} ago. The first request after a
     * pause waits for as long, so that it gets rates.
     *
     * @throws ImageException if the directory cannot be read
     */
    synchronized Catalogue read() {
        long agoNs = Clock.monotonicNs() - sampledNs;
        Catalogue there = newest;
        if (there != null && agoNs < SAMPLE_NS) {
            return there;
        }
        if (there == null || agoNs > FORGET_NS) {
            forgetAll();
            sample();
            Backoff.sleep(SAMPLE_NS, () -> false);
        }
        Catalogue made = sample();
        newest = made;
        return made;
    }

    /** Unmaps streams that nobody asks about any more. Call now and then. */
    synchronized void forgetIfUnused() {
        if (Clock.monotonicNs() - sampledNs > FORGET_NS) {
            forgetAll();
        }
    }

    private void forgetAll() {
        followed.values().forEach(one -> one.image.close());
        followed.clear();
        newest = null;
    }

    private Catalogue sample() {
        if (closed) {
            throw new ImageException("the offer has ended");
        }
        Set<String> all = new TreeSet<>(directory.names());
        all.removeIf(name -> !names.matches(name));
        followed.entrySet()
                .removeIf(entry -> {
                    boolean gone =
                            !all.contains(entry.getKey()) || entry.getValue().image.isReplaced();
                    if (gone) {
                        entry.getValue().image.close();
                    }
                    return gone;
                });
        List<Catalogue.Stream> streams = new ArrayList<>();
        for (String name : all) {
            if (streams.size() == CatalogueMessage.MAX_ENTRIES) {
                break;
            }
            streams.add(sample(name));
        }
        sampledNs = Clock.monotonicNs();
        return new Catalogue(instance, all.size(), wall.read().ns(), HostName.get(), streams);
    }

    private Catalogue.Stream sample(String name) {
        long nowNs = Clock.monotonicNs();
        Followed stream = followed.get(name);
        try {
            if (stream == null) {
                stream = open(name, nowNs);
                followed.put(name, stream);
            }
            return stream.sample(name, nowNs);
        } catch (ImageException unusable) {
            if (stream != null) {
                followed.remove(name);
                stream.image.close();
            }
            return Catalogue.Stream.unusable(name);
        }
    }

    private Followed open(String name, long nowNs) {
        Image image = Image.openInside(directory, name);
        try {
            return new Followed(image, nowNs);
        } catch (ImageException.Truncated cut) {
            image.close();
            throw cut;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        forgetAll();
    }
}
