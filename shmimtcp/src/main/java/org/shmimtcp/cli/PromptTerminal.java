package org.shmimtcp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.Terminal.SignalHandler;
import org.jline.terminal.TerminalBuilder;
import org.shmimtcp.image.ImageException;

/** The prompt's line editor, with history and completion of commands and streams. */
final class PromptTerminal implements AutoCloseable {
    private static final String PROMPT = "shmim > ";

    private final Context context;
    private final Terminal terminal;
    private final LineReader reader;

    /**
     * JLine's logger, which would print stack traces over the prompt, for example when the disk is
     * full.
     */
    private static final Logger LIBRARY_LOG = Logger.getLogger("org.jline");

    private PromptTerminal(Context context, Terminal terminal) {
        this.context = context;
        this.terminal = terminal;
        LineReaderBuilder builder =
                LineReaderBuilder.builder()
                        .appName("shmim")
                        .terminal(terminal)
                        .completer((_, line, candidates) -> complete(line, candidates))
                        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
        Path history = historyFile(System.getenv());
        if (isUsable(history)) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        this.reader = builder.build();
    }

    static PromptTerminal open(Context context) throws IOException {
        LIBRARY_LOG.setLevel(Level.OFF);
        Terminal terminal = TerminalBuilder.builder().name("shmim").system(true).dumb(true).build();
        context.share(terminal);
        return new PromptTerminal(context, terminal);
    }

    /** Returns the path of the history file according to the XDG base directory specification. */
    static Path historyFile(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path base =
                state.isEmpty()
                        ? Path.of(System.getProperty("user.home"), ".local", "state")
                        : Path.of(state);
        return base.resolve("shmimtcp").resolve("history");
    }

    /** False if the file cannot be written. The history then lasts as long as the prompt. */
    private static boolean isUsable(Path history) {
        try {
            Path directory = Files.createDirectories(history.toAbsolutePath().getParent());
            return Files.isWritable(Files.exists(history) ? history : directory);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Reads the next line. Returns an empty line for a cancelled one, and nothing at the end of the
     * input.
     */
    Optional<String> readLine() {
        try {
            return Optional.of(reader.readLine(PROMPT));
        } catch (UserInterruptException cancelled) {
            return Optional.of("");
        } catch (EndOfFileException end) {
            return Optional.empty();
        }
    }

    /** Runs a command. Ctrl-C interrupts the command and does not end the prompt. */
    void runInterruptibly(Runnable command) {
        Thread thread = Thread.currentThread();
        SignalHandler before = terminal.handle(Signal.INT, _ -> thread.interrupt());
        try {
            command.run();
        } finally {
            terminal.handle(Signal.INT, before);
            Thread.interrupted(); // the interrupt was meant for the command
        }
    }

    private void complete(ParsedLine line, List<Candidate> candidates) {
        List<String> words = line.wordIndex() == 0 ? Prompt.completions() : streams();
        words.forEach(word -> candidates.add(new Candidate(word)));
    }

    private List<String> streams() {
        try {
            return context.directory().names();
        } catch (ImageException unreadable) {
            return List.of();
        }
    }

    @Override
    public void close() throws IOException {
        terminal.close();
    }
}
