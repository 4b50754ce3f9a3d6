package org.shmimtcp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.process.UserError;
import picocli.CommandLine;

/**
 * Runs commands line by line: from a terminal with editing, or from a pipe or file. It accepts what
 * people type at the prompt of milk and cacao, and every command of shmim.
 */
final class Prompt {
    private static final String NAME = "shmim";

    /** Words that are no commands of shmim, or mean something else here. */
    private enum Word {
        HELP("shows this list; help COMMAND shows a command's help", "help ?"),
        EXIT("leaves the prompt, as Ctrl-D and exitCLI do", "exit quit exitCLI"),
        RM("deletes nothing here; to delete streams, use rmshmim", "rm"),
        CSETPMOVE("has no meaning here; $SHMIMTCP_CPUSET selects the CPUs", "csetpmove"),
        RTPRIO("has no meaning here; each link takes its own priority", "rtprio"),
        UDP("is not supported; imnetwtransmit uses TCP", "imudptransmit imudpreceive");

        /** The words that scripts for milk's prompt use, and that are skipped here. */
        static final Set<Word> SKIPPED = EnumSet.of(RM, CSETPMOVE, RTPRIO);

        private final String does;
        private final String names;

        /**
         * @param names separated by blanks
         */
        Word(String does, String names) {
            this.does = does;
            this.names = names;
        }

        private List<String> names() {
            return List.of(names.split(" "));
        }

        static Optional<Word> of(String name) {
            return Arrays.stream(values()).filter(word -> word.names().contains(name)).findFirst();
        }

        /** Returns its line in the list of help. */
        String line() {
            return "  %-16s  %s%n"
                    .formatted(String.join(", ", names().stream().limit(2).toList()), does);
        }
    }

    private final Context context;
    private final PrintWriter out;
    private final PrintWriter err;
    private boolean left;

    Prompt(Context context, PrintWriter out, PrintWriter err) {
        this.context = context;
        this.out = out;
        this.err = err;
    }

    /** Runs until the end of the input or an exit command; returns the exit code of the program. */
    int run() {
        if (context.interactive() && !left) {
            return runAtTerminal();
        }
        try {
            return runAll(new BufferedReader(new InputStreamReader(context.in(), UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs the lines of a file; returns the exit code. After an exit command in the file, {@link
     * #run} has nothing left to do.
     */
    int runFile(Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            return runAll(lines);
        }
    }

    private int runAll(BufferedReader lines) throws IOException {
        int exitCode = 0;
        @Nullable String line;
        while (!left && !out.checkError() && (line = lines.readLine()) != null) {
            exitCode = execute(line) == 0 ? exitCode : Failures.FAILED;
        }
        return exitCode;
    }

    private int runAtTerminal() {
        try (PromptTerminal terminal = PromptTerminal.open(context)) {
            out.println("shmim prompt in " + context.directory().path() + "; help, exit");
            while (!left) {
                Optional<String> line = terminal.readLine();
                if (line.isEmpty()) {
                    break;
                }
                terminal.runInterruptibly(() -> execute(line.get()));
            }
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs the commands of one line. Prints their messages; returns the exit code. */
    int execute(String line) {
        try {
            int exitCode = 0;
            for (List<String> words : LineSplitter.split(line)) {
                exitCode = left || dispatch(words) == 0 ? exitCode : Failures.FAILED;
            }
            return exitCode;
        } catch (UserError | ImageException e) {
            return Failures.report(e, NAME, err);
        } finally {
            out.flush();
            err.flush();
        }
    }

    private int dispatch(List<String> words) {
        List<String> arguments = words.subList(1, words.size());
        if (words.getFirst().equals(NAME)) { // as typed in a shell
            return arguments.isEmpty() ? 0 : runCommand(arguments);
        }
        Optional<Word> own = Word.of(words.getFirst());
        return own.isPresent() ? obey(own.get(), words) : runCommand(words);
    }

    private int obey(Word word, List<String> words) {
        return switch (word) {
            case EXIT -> {
                left = true;
                yield 0;
            }
            case HELP -> help(words.subList(1, words.size()));
            case RM, CSETPMOVE, RTPRIO -> skip(words.getFirst() + " " + word.does);
            case UDP -> throw new UserError(words.getFirst() + " " + word.does);
        };
    }

    /** Returns the words that complete the first one of a line. */
    static List<String> completions() {
        List<String> words = commands();
        words.addAll(List.of("help", "exit", "quit"));
        return words;
    }

    /** Returns the commands that do here what they do as programs. */
    private static List<String> commands() {
        List<String> names = new ArrayList<>(Commands.promptNames());
        names.removeIf(name -> Word.of(name).isPresent());
        return names;
    }

    /** Skips a word that has a meaning only in milk, so that scripts for milk's prompt continue. */
    private int skip(String note) {
        err.println(NAME + ": " + note);
        return 0;
    }

    private int runCommand(List<String> words) {
        String word = words.getFirst();
        Optional<CommandLine> command = Commands.forPrompt(word, context);
        return command.isPresent()
                ? Main.run(command.get(), words.subList(1, words.size()), out, err)
                : skip(
                        "no command '"
                                + StreamName.printable(word)
                                + "' here: skipped; help lists them");
    }

    private CommandLine command(String word) {
        return Commands.forPrompt(word, context)
                .orElseThrow(() ->
                        new UserError(
                                "no command '"
                                        + StreamName.printable(word)
                                        + "'; help lists them"));
    }

    private int help(List<String> arguments) {
        if (!arguments.isEmpty()) {
            String name = arguments.getFirst();
            Optional<Word> own = Word.of(name);
            if (own.isEmpty()) {
                return Main.run(command(name), List.of("--help"), out, err);
            }
            out.println(name + " " + own.get().does);
            return 0;
        }
        out.print(Commands.list(commands(), Map.of()));
        out.println("\nThe prompt:");
        EnumSet.complementOf(EnumSet.copyOf(Word.SKIPPED)).forEach(w -> out.print(w.line()));
        out.println("\nWords of milk's prompt that are skipped:");
        Word.SKIPPED.forEach(word -> out.print(word.line()));
        return 0;
    }
}
