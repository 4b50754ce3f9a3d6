package org.shmimtcp.create;

import java.io.PrintWriter;
import org.shmimtcp.fits.ImageHdu;
import org.shmimtcp.fits.KeywordCards;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.process.UserError;

/** Opens or creates the stream that a file is played into, and sets its keywords. */
public final class FileStream {
    private final ImageDirectory directory;
    private final PrintWriter out;
    private final PrintWriter err;
    private final String replaceOption;

    /**
     * @param replaceOption the option with which a user has an existing stream replaced, for
     *     messages
     */
    public FileStream(
            ImageDirectory directory, PrintWriter out, PrintWriter err, String replaceOption) {
        this.directory = directory;
        this.out = out;
        this.err = err;
        this.replaceOption = replaceOption;
    }

    /**
     * Opens the stream. A stream that fits is kept, with its inode.
     *
     * @param shape shape of a frame
     * @param force true to replace a stream that does not fit
     */
    public Image open(String name, ImageHdu file, Shape shape, boolean force) {
        KeywordCards.Found found = file.keywords();
        ImageSpec spec = ImageSpec.of(name, file.codec().type(), shape);
        int slots = Math.max(spec.keywordSlots(), found.keywords().size());
        if (!directory.has(name) || force) {
            var request =
                    new ImageRequest(
                            name,
                            spec.type(),
                            shape,
                            directory.has(name) ? null : slots,
                            null,
                            null,
                            null);
            new ImageMaker(directory, out, err, replaceOption).make(request, force);
        }
        Image image = Image.open(directory, name);
        try {
            check(image, spec);
            putKeywords(image, found);
            return image;
        } catch (RuntimeException e) {
            image.close();
            throw e;
        }
    }

    private void check(Image there, ImageSpec wanted) {
        if (!there.spec().holds(wanted)) {
            throw new UserError(
                    "stream "
                            + wanted.name()
                            + " exists with another size or type: "
                            + there.spec().describe()
                            + ", not "
                            + wanted.describe()
                            + "; "
                            + replaceOption
                            + " replaces it, another name leaves it alone");
        }
    }

    private void putKeywords(Image image, KeywordCards.Found found) {
        if (!image.isWritable()) {
            return; // the writer reports this
        }
        int left = image.keywords().putAll(found.keywords());
        if (left > 0) {
            err.println(
                    "note: "
                            + left
                            + " keywords of the file do not fit into the "
                            + image.spec().keywordSlots()
                            + " slots of the stream");
        }
        found.notes().forEach(note -> err.println("note: " + note));
    }
}
