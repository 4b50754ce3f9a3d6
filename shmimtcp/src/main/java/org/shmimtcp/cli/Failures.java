package org.shmimtcp.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.bridge.BridgeException;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.process.UserError;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.site.SiteException;
import org.shmimtcp.text.PlainText;
import org.shmimtcp.transport.PemFiles;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns every exception of a command into a message and an exit code. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    static final int FAILED = 1;
    static final int USAGE = 2;

    /** What picocli adds to messages. Compiled only if something fails. */
    private static final class Additions {
        private static final Pattern EXCEPTION =
                Pattern.compile("\\((?:[a-z0-9]+\\.)+[A-Z]\\w*(?:Exception|Error): ([^()]*)\\)");

        private static final Pattern INDEX =
                Pattern.compile("^(Unmatched arguments? (?:at|from) index )(\\d{1,4}): ");

        private static final Pattern CHOICE =
                Pattern.compile(
                        "expected one of \\[([A-Z_, ]+)] \\(case-insensitive\\) but was '(.*)'$");

        private static final Pattern NUMBER =
                Pattern.compile("'([^']*)' is not an? (?:(int|long|short)|double|float)$");

        private static final Pattern CONVERSION =
                Pattern.compile("cannot convert ('.*') to (?:interface|class) [\\w.$]+");
    }

    @Override
    public int handleParseException(ParameterException e, String[] args) {
        CommandLine line = e.getCommandLine();
        String name = line.getCommandSpec().qualifiedName();
        PrintWriter err = line.getErr();
        err.println(name + ": " + usageMessage(e));
        err.println("Try: " + name + " --help");
        return USAGE;
    }

    private static String usageMessage(ParameterException e) {
        String message = PlainText.of(asSettingsSay(withoutClass(firstLine(e.getMessage()))));
        CommandSpec parent = e.getCommandLine().getCommandSpec().parent();
        if (parent != null && parent.commandLine() == null) {
            message = countedFromParent(message);
        }
        if (!(e instanceof UnmatchedArgumentException unmatched) || unmatched.isUnknownOption()) {
            return message;
        }
        if (!e.getCommandLine().getSubcommands().isEmpty()) {
            message = "no command '" + PlainText.of(unmatched.getUnmatched().getFirst()) + "'";
        }
        List<String> near = unmatched.getSuggestions();
        return near.isEmpty()
                ? message
                : message + "; did you mean " + String.join(", ", near) + "?";
    }

    @Override
    public int handleExecutionException(
            Exception e, CommandLine line, @Nullable ParseResult parseResult) {
        return report(e, line.getCommandSpec().qualifiedName(), line.getErr());
    }

    /** Prints what happened, in one line. */
    static int report(Throwable e, String command, PrintWriter err) {
        err.println(command + ": " + PlainText.of(message(e)));
        if (System.getenv(Environment.DEBUG.variable()) != null) {
            e.printStackTrace(err);
        }
        err.flush();
        return FAILED;
    }

    static String message(Throwable e) {
        return switch (e) {
            case UserError known -> String.valueOf(known.getMessage());
            case SiteException known -> String.valueOf(known.getMessage());
            case BridgeException known -> String.valueOf(known.getMessage());
            case ImageException known -> String.valueOf(known.getMessage());
            case NoSuchFileException gone -> gone.getFile() + ": " + missing(gone.getFile());
            case PemFiles.Unusable known -> String.valueOf(known.getMessage());
            case IOException known -> IoReason.withFile(known);
            case UncheckedIOException wrapped when wrapped.getCause() != null ->
                    message(wrapped.getCause());
            case InvalidPathException path -> "no file name: " + path.getReason();
            case OutOfMemoryError full -> "not enough memory: " + full.getMessage();
            default ->
                    "internal error: "
                            + firstLine(e.toString())
                            + " (a bug; the same command with "
                            + Environment.DEBUG.variable()
                            + "=1 shows where)";
        };
    }

    /**
     * Adds the subcommand's name, which picocli did not see, to the index of an argument in its
     * message.
     */
    private static String countedFromParent(String message) {
        return Additions.INDEX
                .matcher(message)
                .replaceFirst(
                        found -> found.group(1) + (Integer.parseInt(found.group(2)) + 1) + ": ");
    }

    /** Explains a missing file. For a file to be written, its directory is missing. */
    private static String missing(String file) {
        @Nullable Path directory = Path.of(file).toAbsolutePath().getParent();
        return directory != null && Files.notExists(directory)
                ? "there is no directory " + directory
                : "it does not exist";
    }

    /**
     * Removes the exception's class, which picocli adds to the message: {@code (java.nio.file.X:
     * reason)}.
     */
    private static String withoutClass(String message) {
        String reason = Additions.EXCEPTION.matcher(message).replaceAll("($1)");
        return Additions.CONVERSION.matcher(reason).replaceAll("$1 cannot be used");
    }

    /** Says what picocli expected in the words of a {@code Setting}. */
    private static String asSettingsSay(String message) {
        Matcher choice = Additions.CHOICE.matcher(message);
        if (choice.find()) {
            String words = choice.group(1).toLowerCase(Locale.ROOT).replace('_', '-');
            return message.substring(0, choice.start())
                    + "expected "
                    + words.replaceFirst(", ([^,]+)$", " or $1")
                    + ", not \""
                    + choice.group(2)
                    + "\"";
        }
        Matcher number = Additions.NUMBER.matcher(message);
        return number.find()
                ? message.substring(0, number.start())
                        + "expected a "
                        + (number.group(2) == null ? "" : "whole ")
                        + "number, not \""
                        + number.group(1)
                        + "\""
                : message;
    }

    private static String firstLine(@Nullable String text) {
        return text == null ? "" : text.lines().findFirst().orElse("");
    }
}
