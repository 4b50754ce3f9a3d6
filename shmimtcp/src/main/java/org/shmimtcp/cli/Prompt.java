package org.shmimtcp.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
        return context.interactive() ? runAtTerminal() : runFromPipe();
    }

    private int runFromPipe() {
        BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(
                                context.in(), java.nio.charset.StandardCharsets.UTF_8));
        int exitCode = 0;
        try {
            @Nullable String line;
            while (!left && !out.checkError() && (line = lines.readLine()) != null) {
                exitCode = execute(line) == 0 ? exitCode : Failures.FAILED;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
        String word = words.getFirst();
        List<String> arguments = words.subList(1, words.size());
        return switch (word) {
            case "exit", "quit", "exitCLI" -> {
                left = true;
                yield 0;
            }
            case "help", "?" -> help(arguments);
            // With {@code shmim} in front, as typed in a shell.
            case NAME -> arguments.isEmpty() ? 0 : runCommand(arguments);
            case "rm" -> skip("rm deletes nothing at this prompt; to delete streams, use rmshmim");
            case "csetpmove" ->
                    skip("csetpmove has no meaning here; $SHMIMTCP_CPUSET selects the CPUs");
            case "rtprio" -> skip("rtprio has no meaning here; each link takes its own priority");
            default -> runCommand(words);
        };
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
                .orElseThrow(() -> new UserError("no command '" + word + "'; help lists them"));
    }

    private int help(List<String> arguments) {
        if (!arguments.isEmpty()) {
            return Main.run(command(arguments.getFirst()), List.of("--help"), out, err);
        }
        Map<String, String> more = new LinkedHashMap<>();
        more.put("help, ?", "Shows this list; help COMMAND shows a command's help.");
        more.put("exit, quit", "Leaves the prompt, as Ctrl-D and exitCLI do.");
        out.print(Commands.list(Commands.promptNames(), more));
        return 0;
    }
}
