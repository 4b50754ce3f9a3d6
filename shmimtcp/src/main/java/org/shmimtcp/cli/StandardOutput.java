package org.shmimtcp.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers why writing failed. Java's print streams only know that something
 * failed, so a command would exit as if its output had arrived.
 */
final class StandardOutput extends OutputStream {
    /** The exit code that a shell reports for a program ended by SIGPIPE, which the JVM ignores. */
    static final int CLOSED_PIPE = 128 + 13;

    private static final Path LINK = Path.of("/proc/self/fd/1");

    private final OutputStream out = new FileOutputStream(FileDescriptor.out);
    private volatile @Nullable IOException failure;

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            out.write(bytes, from, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /**
     * Returns the exit code of a command that has printed its output, and reports failed writing.
     * No message is printed if the reader has closed the pipe, as {@code head} does.
     *
     * @param exitCode the command's own exit code
     */
    int exitCode(int exitCode, String command, PrintWriter err) {
        IOException lost = failure;
        if (lost == null) {
            return exitCode;
        }
        if (isPipe()) {
            return exitCode == 0 ? CLOSED_PIPE : exitCode;
        }
        err.println(command + ": standard output cannot be written: " + lost.getMessage());
        return exitCode == 0 ? Failures.FAILED : exitCode;
    }

    /**
     * True if standard output is a pipe. The exception's message cannot tell, because it depends on
     * the locale.
     */
    private static boolean isPipe() {
        try {
            String target = Files.readSymbolicLink(LINK).toString();
            return target.startsWith("pipe:") || target.startsWith("socket:");
        } catch (IOException unknown) {
            return false;
        }
    }
}
