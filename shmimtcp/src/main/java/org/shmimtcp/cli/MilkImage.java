package org.shmimtcp.cli;

import org.shmimtcp.create.ImageMaker;
import org.shmimtcp.create.ImageName;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.Shape;
import org.shmimtcp.process.UserError;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The image that {@code mk2Dim} or {@code mk3Dim} makes, as typed at the prompt of milk. */
final class MilkImage {
    @Parameters(index = "0", paramLabel = "SPEC", description = "Prefixes and name.")
    private String text = "";

    @Parameters(index = "1", paramLabel = "NX", description = "Columns.")
    private int nx;

    @Parameters(index = "2", paramLabel = "NY", description = "Rows.")
    private int ny;

    @Option(
            names = {"-f", "--force"},
            description = "Replace an existing stream of another size or type.")
    private boolean force;

    /** Returns prefixes and name as typed. */
    String text() {
        return text;
    }

    int nx() {
        return nx;
    }

    int ny() {
        return ny;
    }

    /**
     * Makes the stream, or keeps one that fits.
     *
     * @return its name and prefixes
     */
    ImageName make(Context context, CommandLine line, Shape shape) {
        ImageName name = ImageName.parse(text, new StreamNameConverter(context)::plain);
        checkPresence(name, context.directory());
        new ImageMaker(context.directory(), line.getOut(), line.getErr(), "--force")
                .make(name.request(shape), force);
        return name;
    }

    private static void checkPresence(ImageName wanted, ImageDirectory directory) {
        boolean there = directory.has(wanted.name());
        if (!there && wanted.presence() == ImageName.Presence.REQUIRED) {
            throw new UserError(
                    "no stream '"
                            + wanted.name()
                            + "' in "
                            + directory.path()
                            + ": @E: requires it");
        }
        if (there && wanted.presence() == ImageName.Presence.FORBIDDEN) {
            throw new UserError(
                    "stream '"
                            + wanted.name()
                            + "' exists: @N: requires a name that is not in use");
        }
    }
}
