package org.shmimtcp.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.process.UserError;
import org.shmimtcp.status.ImageUsers;
import org.shmimtcp.status.ProcessName;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim rm}. */
@Command(
        name = "rm",
        mixinStandardHelpOptions = true,
        description = {
            "Removes streams. Without --force, a stream that a running process writes or waits for"
                    + " is kept and the process is named; a file of a format that shmim does not"
                    + " know is also kept, because other programs may use it. For an alias, only"
                    + " the alias is removed. Anything that is not a file, such as a directory,"
                    + " is never removed."
        },
        footer = {"", "Example:", "  shmim rm dm01disp06 dm01disp07"})
final class RemoveCommand implements Callable<Integer> {
    private final Context context;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "Streams or aliases.")
    private List<String> names = List.of();

    @Option(
            names = {"-f", "--force"},
            description =
                    "Remove it even if it is in use; processes that have it mapped keep the"
                            + " memory.")
    private boolean force;

    RemoveCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        int exitCode = 0;
        for (String name : names) {
            try {
                remove(name);
            } catch (ImageException | UserError e) {
                exitCode = Failures.report(e, spec.qualifiedName(), spec.commandLine().getErr());
            }
        }
        return exitCode;
    }

    private void remove(String name) {
        ImageDirectory directory = context.directory();
        Path file = directory.file(name);
        boolean alias = Files.isSymbolicLink(file);
        if (!alias && Files.exists(file) && !Files.isRegularFile(file)) {
            throw new UserError(file + " is not a file, so it is not a stream: left alone");
        }
        if (!alias && !force) {
            refuseIfUsed(directory, name);
        }
        directory.remove(name);
        PrintWriter out = spec.commandLine().getOut();
        out.println("removed " + (alias ? "alias " : "") + name);
    }

    private static void refuseIfUsed(ImageDirectory directory, String name) {
        ImageUsers users;
        try (Image image = Image.open(directory, name)) {
            users = ImageUsers.of(image);
        } catch (ImageException.Missing none) {
            throw none;
        } catch (ImageException.NotReady beingMade) {
            throw new UserError(beingMade.getMessage() + "; try again, or use --force", beingMade);
        } catch (ImageException.Damaged dead) {
            return; // no process can be using it
        } catch (ImageException unknown) { // for example, of another version
            throw new UserError(
                    unknown.getMessage() + "; other programs may use it: --force removes it",
                    unknown);
        }
        if (!users.all().isEmpty()) {
            String writers = verb(users.writers(), "writes", "write");
            String readers = verb(users.readers(), "waits for", "wait for");
            String and = writers.isEmpty() || readers.isEmpty() ? "" : ", ";
            throw new UserError(
                    "stream '"
                            + name
                            + "' is in use: "
                            + writers
                            + and
                            + readers
                            + " it; end that first, or use --force");
        }
    }

    private static String verb(List<ProcessName> who, String one, String several) {
        return who.isEmpty() ? "" : ProcessName.join(who) + " " + (who.size() == 1 ? one : several);
    }
}
