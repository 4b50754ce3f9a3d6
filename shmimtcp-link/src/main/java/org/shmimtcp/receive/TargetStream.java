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
import org.shmimtcp.posix.NativeMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The local stream that frames are published into. An existing stream is used if the source's
 * frames fit, so that its readers keep their mapping; otherwise a new one replaces it. Only a
 * stream of another shape or a damaged file is replaced, and only once the first complete frame has
 * arrived. If another process re-creates, removes or truncates the stream, it is opened or created
 * again; a frame arriving at that moment is lost.
 */
final class TargetStream implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(TargetStream.class);

    // One line for each change of the source, which a stranger could cause without limit.
    private static final int LINES_AT_ONCE = 60;
    private static final LimitedLog MADE = new LimitedLog(LOG::info, LINES_AT_ONCE);
    private static final LimitedLog CHANGED = new LimitedLog(LOG::warn, LINES_AT_ONCE);

    /** Time for another process to finish an incomplete or empty file. */
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

    /** Null while an unsuitable stream has the name, which only a frame may replace. */
    private @Nullable Image image;

    private @Nullable FrameWriter writer;
    private int keywordSlots;

    /** Why that stream must be replaced; empty if there is none. */
    private String unfit = "";

    /** A damaged file for which the settling time has passed. */
    private @Nullable Object damagedFile;

    /** Keywords that arrived before the first frame, while there is no image to write them to. */
    private @Nullable MemorySegment early;

    /**
     * Opens the stream if the source's frames fit, or creates it if it is missing. An unsuitable
     * stream stays until the first frame: a head alone replaces nothing.
     *
     * @param status status to publish in keywords; null for none
     * @param replacements earlier replacements by this receiver
     * @param others detects other writers
     * @param stopped checked while waiting
     * @throws ImageException if the stream can be neither opened nor created, or must not be
     *     replaced
     */
    TargetStream(
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
            keywordSlots = source.keywordSlots();
            return;
        }
        try {
            writer = found.newWriter();
            others.moved();
        } catch (ImageException e) { // for example, another user's stream
            image = null;
            found.close();
            throw e;
        }
        keywordSlots = commonKeywords(found);
    }

    /** Opens or creates the stream; returns null if the existing one must be replaced. */
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
                        + ": replacing it with "
                        + wanted.describe();
    }

    /**
     * Explains why a stream that this program cannot read is left alone: other programs may be
     * using it.
     */
    private ImageException refusal(ImageException reason) {
        Path file = directory.file(name);
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            return reason;
        }
        return new ImageException(
                reason.getMessage()
                        + "; not replaced, because other processes may use it: remove it (shmim rm "
                        + name
                        + ") if none does, or give this copy another name",
                reason);
    }

    /** Creates the stream; returns null if another process has just created it. */
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

    /** Creates the image for frames if an unsuitable stream still has the name. */
    void prepareForFrame() {
        if (image == null) {
            adopt(replaceUnlessFitting());
            if (early != null) {
                writer().writeKeywords(keywordSlots, early, 0);
                early = null;
            }
        }
    }

    private Image replaceUnlessFitting() {
        Image now = openOrMake(); // it may have changed since
        if (now != null) {
            return now;
        }
        try (Image there = Image.openInside(directory, name)) {
            replacements.replacing(there);
        } catch (ImageException damaged) {
            // no other program can be using it
        }
        CHANGED.add(unfit);
        Image made = Image.replace(directory, wanted);
        replacements.made(made);
        return made;
    }

    private int commonKeywords(Image into) {
        int common = Math.min(source.keywordSlots(), into.spec().keywordSlots());
        if (common < source.keywordSlots()) {
            CHANGED.add(
                    "stream '"
                            + name
                            + "' has "
                            + common
                            + " keyword slots, its source "
                            + source.keywordSlots()
                            + ": the first "
                            + common
                            + " are copied");
        }
        return common;
    }

    /**
     * Opens the stream again if its name now leads to another file. Call often.
     *
     * @return true if the file has changed, so the copy holds no frame of the source yet
     */
    boolean follow() {
        Image now = image;
        if (now == null) {
            return false; // checked at the next frame
        }
        boolean replaced = now.isReplaced();
        if (replaced) {
            reopen();
            now = image;
        }
        FrameWriter writing = writer;
        if (now != null && writing != null) {
            try {
                others.check(now, writing);
                if (status != null) {
                    status.refreshIfDue(now);
                }
            } catch (ImageException.Truncated e) {
                reopen();
                replaced = true;
            }
        }
        return replaced;
    }

    /** Opens the stream again, or creates it. */
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

    /** False while an unsuitable stream has the name, until the next frame. */
    boolean isThere() {
        return image != null;
    }

    /** Records the host name of the source. */
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

    /** Writes one keyword slot, below {@link #keywordSlots}. */
    void writeKeyword(int slot, MemorySegment from, long offset) {
        if (image != null) {
            writer().writeKeyword(slot, from, offset);
            return;
        }
        if (early == null) {
            early = Keywords.unused(source.keywordSlots());
        }
        NativeMemory.copy(
                from, offset, early, (long) slot * Keywords.SLOT_BYTES, Keywords.SLOT_BYTES);
    }

    /** Returns the number of keyword slots that are copied. */
    int keywordSlots() {
        return keywordSlots;
    }

    /**
     * True if publishing these pixels would change nothing.
     *
     * @param slice the slice, or -1 for the whole image
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
                // its keywords are gone, too
            }
        }
        now.close();
    }
}
