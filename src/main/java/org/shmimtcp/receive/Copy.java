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

/**
 * The local stream that frames are published into: the one that is there if frames of the source
 * fit, so that its readers keep their mapping; otherwise a new one in its place. Opened or made
 * again when somebody re-creates, removes or cuts it. A frame that meets that moment is lost.
 */
final class Copy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Copy.class);

    /** A source's history is worth having here, but not at any price. */
    private static final long MAX_RING_BYTES = 256L << 20;

    private final ImageDirectory directory;
    private final String name;
    private final ImageSpec source;
    private Image image;
    private FrameWriter writer;
    private int keywords;

    /**
     * Opens or makes it.
     *
     * @throws ImageException if it can be neither
     */
    Copy(ImageDirectory directory, String name, ImageSpec source) {
        this.directory = directory;
        this.name = name;
        this.source = source;
        this.image = openOrMake();
        this.writer = writerOrClose();
        this.keywords = commonKeywords();
    }

    private FrameWriter writerOrClose() {
        try {
            return image.newWriter();
        } catch (ImageException e) { // one of another user, say
            image.close();
            throw e;
        }
    }

    private Image openOrMake() {
        ImageSpec wanted = limited(source.withName(name));
        if (!directory.has(name)) {
            LOG.info("stream '{}' is made in {}, {}", name, directory.path(), wanted.describe());
            return Image.replace(directory, wanted);
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
            return Image.replace(directory, wanted);
        }
        if (there.spec().holds(source)) {
            return there;
        }
        String was = there.spec().describe();
        there.close();
        LOG.warn("stream '{}' is {}: replacing it by {}", name, was, wanted.describe());
        return Image.replace(directory, wanted);
    }

    private static ImageSpec limited(ImageSpec source) {
        int ring = (int) Math.min(source.ringSize(), MAX_RING_BYTES / source.pixelBytes());
        ImageSpec usual = source.withSemaphores(ImageSpec.DEFAULT_SEMAPHORES);
        return ring == source.ringSize() ? usual : usual.withRing(ring);
    }

    private int commonKeywords() {
        int common = Math.min(source.keywords(), image.spec().keywords());
        if (common < source.keywords()) {
            LOG.warn(
                    "stream '{}' has {} keyword slots, its source {}: the first {} are copied",
                    name,
                    common,
                    source.keywords(),
                    common);
        }
        return common;
    }

    /**
     * Follows the name if it leads to another file by now. To be called often.
     *
     * @return true if it did: nothing of the source is there yet
     */
    boolean follow() {
        boolean replaced = image.isReplaced();
        if (replaced) {
            reopen();
        }
        return replaced;
    }

    /** Opens or makes it again. */
    void reopen() {
        LOG.warn("stream '{}' was re-created or removed here: following", name);
        image.close();
        image = openOrMake();
        writer = writerOrClose();
        keywords = commonKeywords();
    }

    String name() {
        return name;
    }

    Image image() {
        return image;
    }

    FrameWriter writer() {
        return writer;
    }

    /** Number of keyword slots that are copied. */
    int keywords() {
        return keywords;
    }

    /**
     * True if publishing these pixels would change nothing.
     *
     * @param slice -1 if they are the whole image
     */
    boolean holds(int slice, MemorySegment from, long offset) {
        return slice < 0
                ? writer.holdsImage(from, offset)
                : writer.holds(slice, from, offset, 0, 0);
    }

    /** True if publishing this slice and these keywords would change nothing. */
    boolean holds(int slice, MemorySegment from, int keywordCount, long keywordsOffset) {
        return writer.holds(slice, from, 0, keywordCount, keywordsOffset);
    }

    @Override
    public void close() {
        image.close();
    }
}
