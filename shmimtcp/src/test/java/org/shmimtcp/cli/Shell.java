package org.shmimtcp.cli;

import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;

/** Runs commands in this process, on a directory of the test, and keeps their output. */
final class Shell {
    final ImageDirectory directory;

    Shell(Path directory) {
        this.directory = new ImageDirectory(directory);
    }

    record Result(int exit, String out, String err) {
        List<String> outLines() {
            return out.lines().toList();
        }
    }

    /** Runs a command line: {@code run("shmim", "ls")}, {@code run("mk2Dim", "s>x", "5", "5")}. */
    Result run(String program, String... arguments) {
        return runWithInput("", program, arguments);
    }

    Result runWithInput(String input, String program, String... arguments) {
        var in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        Context context = new Context(() -> directory, in, false);
        List<String> all = new java.util.ArrayList<>(List.of(arguments));
        if (!program.equals("shmim")) { // as in the launcher
            all.addFirst(program);
        }
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Main.run(all, context, new PrintWriter(out), new PrintWriter(err));
        return new Result(exit, out.toString(), err.toString());
    }

    Image open(String name) {
        return Image.open(directory, name);
    }
}
