package org.shmimtcp.cli;

import java.io.Console;
import java.io.InputStream;
import java.util.function.Supplier;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;

/** What the commands of one process work on and talk to. */
final class Context {
    private final Supplier<ImageDirectory> directories;
    private final InputStream in;
    private final boolean interactive;
    private @Nullable ImageDirectory directory;
    private @Nullable Terminal terminal;

    /**
     * @param directories asked once, by the first command that needs the directory
     * @param in commands for the prompt
     * @param interactive true if a person types them at a terminal
     */
    Context(Supplier<ImageDirectory> directories, InputStream in, boolean interactive) {
        this.directories = directories;
        this.in = in;
        this.interactive = interactive;
    }

    static Context ofProcess(boolean mayPrompt) {
        // Asking for the console costs some milliseconds, which only the prompt has to pay.
        Console console = mayPrompt ? System.console() : null;
        return new Context(
                ImageDirectory::fromEnvironment,
                System.in,
                console != null && console.isTerminal());
    }

    /** The directory of the streams. Looked for once: its warning need not be repeated. */
    ImageDirectory directory() {
        ImageDirectory found = directory;
        if (found == null) {
            found = directories.get();
            directory = found;
        }
        return found;
    }

    /** Lets commands use the prompt's terminal: a process can have one only. */
    void share(Terminal terminalOfPrompt) {
        terminal = terminalOfPrompt;
    }

    /** The prompt's terminal; null where the process has opened none. */
    @Nullable Terminal terminal() {
        return terminal;
    }

    InputStream in() {
        return in;
    }

    boolean interactive() {
        return interactive;
    }
}
