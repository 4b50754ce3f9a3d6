package org.shmimtcp.receive;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.loop.LimitedLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local stream that frames are published into: the one that is there if frames of the source
 * fit, so that its readers keep their mapping; otherwise a new one in its place. Opened or made
 * again when somebody re-creates, removes or cuts it. A frame that meets that moment is lost.
 */
final class Copy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Copy.class);

    // One line for each change of the source: as many as a stranger likes, were they not limited.
    private static final int LINES_AT_ONCE = 60;
    private static final LimitedLog MADE = new LimitedLog(LOG::info, LINES_AT_ONCE);
    private static final LimitedLog CHANGED = new LimitedLog(LOG::warn, LINES_AT_ONCE);

    private final ImageDirectory directory;
    private final String name;
    private final ImageSpec source;
    private final @Nullable StatusKeywords status;
    private Image image;
    private FrameWriter writer;
    private int keywords;

    /**
     * Opens or makes it.
     *
     * @param status what to keep in keywords besides; null for nothing
     * @throws ImageException if it can be neither
     */
    Copy(ImageDirectory directory, String name, ImageSpec source, @Nullable StatusKeywords status) {
        this.directory = directory;
        this.name = name;
        this.source = source;
        this.status = status;
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
        directory.checkInside(name);
        ImageSpec wanted = source.withName(name).withSemaphores(ImageSpec.DEFAULT_SEMAPHORES);
        if (!directory.has(name)) {
            MADE.add(
                    "stream '"
                            + name
                            + "' is made in "
                            + directory.path()
                            + ", "
                            + wanted.describe());
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
            CHANGED.add(e.getMessage() + ": replacing it");
            return Image.replace(directory, wanted);
        }
        if (there.spec().holds(source)) {
            return there;
        }
        String was = there.spec().describe();
        there.close();
        CHANGED.add("stream '" + name + "' is " + was + ": replacing it by " + wanted.describe());
        return Image.replace(directory, wanted);
    }

    private int commonKeywords() {
        int common = Math.min(source.keywords(), image.spec().keywords());
        if (common < source.keywords()) {
            CHANGED.add(
                    "stream '"
                            + name
                            + "' has "
                            + common
                            + " keyword slots, its source "
                            + source.keywords()
                            + ": the first "
                            + common
                            + " are copied");
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
        if (status != null) {
            try {
                status.look(image);
            } catch (ImageException.Truncated e) {
                reopen();
                replaced = true;
            }
        }
        return replaced;
    }

    /** Opens or makes it again. */
    void reopen() {
        CHANGED.add("stream '" + name + "' was re-created or removed here: following");
        image.close();
        image = openOrMake();
        writer = writerOrClose();
        keywords = commonKeywords();
        if (status != null) {
            status.moved();
        }
    }

    /** The source has said what it calls itself. */
    void sourceHost(String host) {
        if (status != null) {
            status.sourceHost(host);
        }
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
        if (status != null) {
            try {
                status.down(image);
            } catch (ImageException.Truncated gone) {
                // with its keywords
            }
        }
        image.close();
    }
}
