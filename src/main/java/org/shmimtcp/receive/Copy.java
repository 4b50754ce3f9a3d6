package org.shmimtcp.receive;

import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Keywords;
import org.shmimtcp.loop.Backoff;
import org.shmimtcp.loop.LimitedLog;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local stream that frames are published into: the one that is there if frames of the source
 * fit, so that its readers keep their mapping; otherwise a new one in its place. Only what has
 * another shape or is damaged is replaced, and only once the first whole frame has arrived. Opened
 * or made again when somebody re-creates, removes or cuts it. A frame that meets that moment is
 * lost.
 */
final class Copy implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Copy.class);

    // One line for each change of the source: as many as a stranger likes, were they not limited.
    private static final int LINES_AT_ONCE = 60;
    private static final LimitedLog MADE = new LimitedLog(LOG::info, LINES_AT_ONCE);
    private static final LimitedLog CHANGED = new LimitedLog(LOG::warn, LINES_AT_ONCE);

    /** Time for the maker of an unfinished or empty file to finish it. */
    private static final long SETTLE_NS = 1_000_000_000L;

    private static final long SETTLE_POLL_NS = 20_000_000L;

    private final ImageDirectory directory;
    private final String name;
    private final ImageSpec source;
    private final ImageSpec wanted;
    private final @Nullable StatusKeywords status;
    private final Replacements replacements;
    private final OtherWriter others;
    private final BooleanSupplier stopped;

    /** Null while another stream is in its place, which only a frame may replace. */
    private @Nullable Image image;

    private @Nullable FrameWriter writer;
    private int keywords;

    /** Why the stream in its place is to be replaced, where that is so. */
    private String unfit = "";

    /** A damaged file that was given its time. */
    private @Nullable Object damagedFile;

    /** Keywords that came before the first frame, while there is no image to write them into. */
    private @Nullable MemorySegment early;

    /**
     * Opens the stream if frames of the source fit, or makes it if there is none. Otherwise the
     * stream that is there stays until the first frame: a head alone replaces nothing.
     *
     * @param status what to keep in keywords besides; null for nothing
     * @param replacements what this receiver has replaced before
     * @param others notices who else writes it
     * @param stopped asked while it waits
     * @throws ImageException if it can be neither, or may not be replaced
     */
    Copy(
            ImageDirectory directory,
            String name,
            ImageSpec source,
            @Nullable StatusKeywords status,
            Replacements replacements,
            OtherWriter others,
            BooleanSupplier stopped) {
        this.others = others;
        this.directory = directory;
        this.name = name;
        this.source = source;
        this.wanted = source.withName(name).withSemaphores(ImageSpec.DEFAULT_SEMAPHORES);
        this.status = status;
        this.replacements = replacements;
        this.stopped = stopped;
        adopt(openOrMake());
    }

    private void adopt(@Nullable Image found) {
        image = found;
        if (found == null) {
            writer = null;
            keywords = source.keywords();
            return;
        }
        try {
            writer = found.newWriter();
            others.moved();
        } catch (ImageException e) { // one of another user, say
            image = null;
            found.close();
            throw e;
        }
        keywords = commonKeywords(found);
    }

    /** Returns null if what is there has to be replaced. */
    private @Nullable Image openOrMake() {
        directory.checkInside(name);
        Path file = directory.file(name);
        long deadlineNs = Clock.monotonicNs() + SETTLE_NS;
        while (true) {
            if (!directory.has(name)) {
                if (Files.isSymbolicLink(file)) {
                    unfit = "stream '" + name + "' is an alias that leads nowhere: replacing it";
                    return null;
                }
                Image made = makeIfMissing();
                if (made != null) {
                    return made;
                }
            }
            try {
                Image there = Image.openInside(directory, name);
                if (there.spec().holds(source)) {
                    return there;
                }
                try (there) {
                    refuseIfContested(there);
                }
                return null;
            } catch (ImageException.Missing removed) {
                continue;
            } catch (ImageException.NotReady unfinished) {
                if (!isTimeLeft(deadlineNs)) {
                    throw refusal(unfinished);
                }
            } catch (ImageException.Damaged damaged) {
                Object key = Replacements.fileKey(file);
                boolean settled = key != null && key.equals(damagedFile);
                if (settled || !isTimeLeft(deadlineNs)) {
                    if (!Files.isRegularFile(file) || !Files.isWritable(file)) {
                        throw damaged;
                    }
                    damagedFile = key;
                    unfit = damaged.getMessage() + ": replacing it";
                    return null;
                }
            } catch (Replacements.ContestedException e) {
                throw e;
            } catch (ImageException unknown) {
                throw refusal(unknown);
            }
            Backoff.sleep(SETTLE_POLL_NS, stopped);
        }
    }

    private boolean isTimeLeft(long deadlineNs) {
        return Clock.monotonicNs() - deadlineNs < 0 && !stopped.getAsBoolean();
    }

    private void refuseIfContested(Image there) {
        replacements.check(there, wanted.describe());
        unfit =
                "stream '"
                        + name
                        + "' is "
                        + there.spec().describe()
                        + ": replacing it by "
                        + wanted.describe();
    }

    /** What cannot be judged may be in use by programs that can: it is left alone. */
    private ImageException refusal(ImageException reason) {
        Path file = directory.file(name);
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            return reason;
        }
        return new ImageException(
                reason.getMessage()
                        + "; not replaced, as other processes may use it: remove it (shmim rm "
                        + name
                        + ") if none does, or give this copy another name (--name)",
                reason);
    }

    /** Returns null if somebody else made it in this moment. */
    private @Nullable Image makeIfMissing() {
        try {
            Image made = Image.create(directory, wanted);
            MADE.add(
                    "stream '"
                            + name
                            + "' created in "
                            + directory.path()
                            + ", "
                            + wanted.describe());
            replacements.made(made);
            return made;
        } catch (ImageException e) {
            if (e.getCause() instanceof FileAlreadyExistsException) {
                return null;
            }
            throw e;
        }
    }

    /** Makes the image that frames go into, if another stream is in its place still. */
    void prepareForFrame() {
        if (image == null) {
            adopt(replaceUnlessFitting());
            if (early != null) {
                writer().writeKeywords(keywords, early, 0);
                early = null;
            }
        }
    }

    private Image replaceUnlessFitting() {
        Image now = openOrMake(); // it may have been changed since
        if (now != null) {
            return now;
        }
        try (Image there = Image.openInside(directory, name)) {
            replacements.replacing(there);
        } catch (ImageException damaged) {
            // nobody else's any more
        }
        CHANGED.add(unfit);
        Image made = Image.replace(directory, wanted);
        replacements.made(made);
        return made;
    }

    private int commonKeywords(Image into) {
        int common = Math.min(source.keywords(), into.spec().keywords());
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
        Image now = image;
        if (now == null) {
            return false; // the next frame looks what is there
        }
        boolean replaced = now.isReplaced();
        if (replaced) {
            reopen();
            now = image;
        }
        FrameWriter writing = writer;
        if (now != null && writing != null) {
            try {
                others.look(now, writing);
                if (status != null) {
                    status.look(now);
                }
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
        if (image != null) {
            image.close();
            image = null;
        }
        adopt(openOrMake());
        if (status != null) {
            status.moved();
        }
    }

    /** False while another stream is in its place, until the next frame. */
    boolean isThere() {
        return image != null;
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

    /** Valid after {@link #prepareForFrame}. */
    FrameWriter writer() {
        return Objects.requireNonNull(writer);
    }

    /** Copies one keyword slot, of those that are copied. */
    void writeKeyword(int slot, MemorySegment from, long offset) {
        if (image != null) {
            writer().writeKeyword(slot, from, offset);
            return;
        }
        if (early == null) {
            early = Keywords.unused(source.keywords());
        }
        MemorySegment.copy(
                from, offset, early, (long) slot * Keywords.SLOT_BYTES, Keywords.SLOT_BYTES);
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
                ? writer().holdsImage(from, offset)
                : writer().holds(slice, from, offset, 0, 0);
    }

    /** True if publishing this slice and these keywords would change nothing. */
    boolean holds(
            int slice, MemorySegment from, long offset, int keywordCount, long keywordsOffset) {
        return writer().holds(slice, from, offset, keywordCount, keywordsOffset);
    }

    @Override
    public void close() {
        Image now = image;
        if (now == null) {
            return;
        }
        if (status != null) {
            try {
                status.down(now);
            } catch (ImageException.Truncated gone) {
                // with its keywords
            }
        }
        now.close();
    }
}
