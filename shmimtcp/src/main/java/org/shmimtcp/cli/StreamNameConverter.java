package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.process.UserError;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Converts a stream's name as users of pyMilk and DAO type it: the plain name, its file {@code
 * NAME.im.shm}, or the path of that file in the directory of streams. For the command line only:
 * names from the network are not converted.
 */
final class StreamNameConverter implements ITypeConverter<String> {
    private final Context context;

    StreamNameConverter(Context context) {
        this.context = context;
    }

    @Override
    public String convert(String typed) {
        try {
            return plain(typed);
        } catch (UserError e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /**
     * Returns the plain name. An invalid name is left to {@link StreamName#check}.
     *
     * @throws UserError if the text is the path of a file in another directory
     */
    String plain(String typed) {
        if (!typed.endsWith(ImageDirectory.SUFFIX)) {
            return typed;
        }
        String name = typed.substring(0, typed.length() - ImageDirectory.SUFFIX.length());
        int slash = name.lastIndexOf('/');
        if (slash < 0) {
            return name;
        }
        Path streams = context.directory().path();
        String place = name.substring(0, slash + 1);
        if (!isSame(place, streams)) {
            throw new UserError(
                    "'"
                            + StreamName.printable(typed)
                            + "' is not in "
                            + streams
                            + ", where the streams are: set "
                            + ImageDirectory.VARIABLE
                            + " to use another directory");
        }
        return name.substring(slash + 1);
    }

    private static boolean isSame(String place, Path streams) {
        try {
            return Path.of(place).toRealPath().equals(streams.toRealPath());
        } catch (IOException | InvalidPathException noDirectory) {
            return false;
        }
    }
}
