package org.shmimtcp.receive;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The local stream that frames are published into. */
final class Copy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Copy.class);

    /** A source's history is worth having here, but not at any price. */
    private static final long MAX_RING_BYTES = 256L << 20;

    private final Image image;
    private final FrameWriter writer;
    private final int keywords;

    private Copy(Image image, FrameWriter writer, ImageSpec source) {
        this.image = image;
        this.writer = writer;
        this.keywords = Math.min(source.keywords(), image.spec().keywords());
        if (keywords < source.keywords()) {
            LOG.warn(
                    "stream '{}' has {} keyword slots, its source {}: the first {} are copied",
                    image.name(),
                    keywords,
                    source.keywords(),
                    keywords);
        }
    }

    /**
     * The stream to write into: the one that is there if frames of the source fit, so that its
     * readers keep their mapping; otherwise a new one in its place.
     *
     * @throws ImageException if it can neither be opened nor made
     */
    static Copy open(ImageDirectory directory, String name, ImageSpec source) {
        ImageSpec wanted = limited(source.withName(name));
        if (!directory.has(name)) {
            LOG.info("stream '{}' is made in {}, {}", name, directory.path(), wanted.describe());
            return of(Image.replace(directory, wanted), source);
        }
        Image there;
        try {
            there = Image.open(directory, name);
        } catch (ImageException e) {
            if (!Files.isRegularFile(directory.file(name))
                    || !Files.isWritable(directory.file(name))) {
                throw e;
            }
            LOG.warn("{}: replacing it", e.getMessage());
            return of(Image.replace(directory, wanted), source);
        }
        if (there.spec().holds(source)) {
            return of(there, source);
        }
        String was = there.spec().describe();
        there.close();
        LOG.warn("stream '{}' is {}: replacing it by {}", name, was, wanted.describe());
        return of(Image.replace(directory, wanted), source);
    }

    private static Copy of(Image image, ImageSpec source) {
        try {
            return new Copy(image, image.newWriter(), source);
        } catch (ImageException e) { // one of another user, say
            image.close();
            throw e;
        }
    }

    private static ImageSpec limited(ImageSpec source) {
        int ring = (int) Math.min(source.ringSize(), MAX_RING_BYTES / source.pixelBytes());
        ImageSpec usual = source.withSemaphores(ImageSpec.DEFAULT_SEMAPHORES);
        return ring == source.ringSize() ? usual : usual.withRing(ring);
    }

    Image image() {
        return image;
    }

    /** Number of keyword slots that are copied. */
    int keywords() {
        return keywords;
    }

    /** Publishes one frame. */
    void publish(
            int slice, MemorySegment from, boolean pixels, int keywordCount, long keywordsOffset) {
        writer.begin();
        if (pixels) {
            writer.writeSlice(slice, from, 0);
        }
        writer.writeKeywords(keywordCount, from, keywordsOffset);
        writer.commit(slice);
    }

    /** True if publishing this frame would change nothing. */
    boolean holds(
            int slice, MemorySegment from, boolean pixels, int keywordCount, long keywordsOffset) {
        return pixels && writer.holds(slice, from, 0, keywordCount, keywordsOffset);
    }

    @Override
    public void close() {
        image.close();
    }
}
