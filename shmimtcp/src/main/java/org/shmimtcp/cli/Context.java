package org.shmimtcp.cli;

import java.io.Console;
import java.io.InputStream;
import java.util.function.Supplier;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;

/** The resources shared by the commands of one process. */
public final class Context {
    private final Supplier<ImageDirectory> directories;
    private final InputStream in;
    private final boolean interactive;
    private @Nullable ImageDirectory directory;
    private @Nullable Terminal terminal;

    /**
     * @param directories called once, by the first command that needs the directory
     * @param in commands for the prompt
     * @param interactive true if a person types them at a terminal
     */
    Context(Supplier<ImageDirectory> directories, InputStream in, boolean interactive) {
        this.directories = directories;
        this.in = in;
        this.interactive = interactive;
    }

    /** Returns the context of this process, which prompts for commands only if it may. */
    public static Context ofProcess(boolean mayPrompt) {
        // Opening the console takes some milliseconds, which only the prompt needs to spend.
        Console console = mayPrompt ? System.console() : null;
        return new Context(
                ImageDirectory::fromEnvironment,
                System.in,
                console != null && console.isTerminal());
    }

    /** Returns the directory of streams. It is determined once, so its warning is not repeated. */
    ImageDirectory directory() {
        ImageDirectory found = directory;
        if (found == null) {
            found = directories.get();
            directory = found;
        }
        return found;
    }

    /** Lets commands use the prompt's terminal, because a process can have only one. */
    void share(Terminal terminalOfPrompt) {
        terminal = terminalOfPrompt;
    }

    /** Returns the prompt's terminal; null if the process has not opened one. */
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
