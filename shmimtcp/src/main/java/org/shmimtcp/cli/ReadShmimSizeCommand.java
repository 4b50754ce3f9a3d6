package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.Shape;
import org.shmimtcp.process.UserError;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code readshmimsize}, with which milk's scripts get a stream's size. */
@Command(
        name = "readshmimsize",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the size of a stream along each of its axes. With FILE, writes it there, as"
                    + " milk does, and replaces a regular file of that name."
        },
        footer = {"", "Example:", "  readshmimsize dm01disp06 size.txt"})
final class ReadShmimSizeCommand implements Runnable {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "NAME",
            converter = MilkStreamConverter.class,
            description = "The stream.")
    private String name = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "File to write. Default: standard output.")
    private @Nullable Path file;

    ReadShmimSizeCommand(Context context) {
        this.context = context;
    }

    @Override
    public void run() {
        try (Image image = Image.open(context.directory(), name)) {
            String sizes = sizes(image.spec().shape());
            Path to = file;
            if (to == null) {
                spec.commandLine().getOut().println(sizes.strip());
                return;
            }
            if (Files.exists(to) && !Files.isRegularFile(to)) {
                throw new UserError(to + " is not a regular file: left alone");
            }
            Files.writeString(to, sizes + "\n");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Returns the sizes, each followed by a blank. */
    private static String sizes(Shape shape) {
        int[] all = {shape.nx(), shape.ny(), shape.nz()};
        return IntStream.range(0, shape.naxis())
                .mapToObj(axis -> all[axis] + " ")
                .collect(Collectors.joining());
    }
}
