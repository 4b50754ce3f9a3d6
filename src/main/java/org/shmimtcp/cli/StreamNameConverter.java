package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.StreamName;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The name of a stream as users of pyMilk and DAO type it: plain, as its file {@code NAME.im.shm},
 * or by the path of that file, as long as it is in the directory of streams. For the command line
 * only: names from the network are taken as they are.
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
     * Returns the name alone; what is no name at all is left to {@link StreamName#check}.
     *
     * @throws UserError if it is the path of a file in another directory
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
