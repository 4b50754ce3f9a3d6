package org.shmimtcp.create;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.process.UserError;
import org.shmimtcp.status.ImageUsers;
import org.shmimtcp.status.ProcessName;

/** Creates streams. It replaces a stream that processes use only if told to. */
public final class ImageMaker {
    private final ImageDirectory directory;
    private final PrintWriter out;
    private final PrintWriter err;
    private final String replaceOption;

    /**
     * @param replaceOption the option with which a user has an existing stream replaced, for
     *     messages
     */
    public ImageMaker(
            ImageDirectory directory, PrintWriter out, PrintWriter err, String replaceOption) {
        this.directory = directory;
        this.out = out;
        this.err = err;
        this.replaceOption = replaceOption;
    }

    /**
     * Ensures that the requested image exists. An image that fits is kept, with its inode.
     *
     * @param force true to replace an existing image that differs or is damaged
     * @throws ImageException if a different image exists, or the image cannot be created
     */
    public void make(ImageRequest wanted, boolean force) {
        ImageSpec spec = wanted.spec();
        List<ProcessName> left = List.of();
        try (Image there = Image.open(directory, wanted.name())) {
            if (keep(there, wanted, force)) {
                return;
            }
            left = ImageUsers.of(there).all();
        } catch (ImageException.Missing none) {
            create(spec);
            return;
        } catch (ImageException unusable) {
            if (!force) {
                throw new UserError(
                        unusable.getMessage() + "; " + replaceOption + " replaces it", unusable);
            }
        }
        Path file = directory.file(wanted.name());
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new UserError(file + " is not a file, so it is not a stream: left alone");
        }
        Image.replace(directory, spec).close();
        out.println("replaced " + wanted.name() + ", now " + spec.describe());
        if (!left.isEmpty()) {
            err.println(
                    "note: "
                            + ProcessName.join(left)
                            + " used the old "
                            + wanted.name()
                            + " and may go on with it until restarted");
        }
    }

    private boolean keep(Image there, ImageRequest wanted, boolean force) {
        String name = wanted.name();
        String present = there.spec().describe();
        if (!wanted.fits(there.spec())) {
            if (force) {
                return false;
            }
            throw new UserError(
                    "stream "
                            + name
                            + " exists with another size or type: "
                            + present
                            + ", not "
                            + wanted.spec().describe()
                            + "; "
                            + replaceOption
                            + " replaces it, another name leaves it alone");
        }
        List<String> differences = wanted.differences(there.spec());
        if (force && !differences.isEmpty()) {
            return false;
        }
        out.println(name + " " + present + " already exists");
        if (!differences.isEmpty()) {
            err.println(
                    "note: it has "
                            + String.join("; ", differences)
                            + "; "
                            + replaceOption
                            + " replaces it");
        }
        return true;
    }

    private void create(ImageSpec spec) {
        Image.create(directory, spec).close();
        out.println("created " + spec.name() + " " + spec.describe() + " in " + directory.path());
    }
}
