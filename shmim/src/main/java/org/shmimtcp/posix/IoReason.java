package org.shmimtcp.posix;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.jspecify.annotations.Nullable;

/**
 * Describes in words why input or output failed. Many Java exceptions express it only by their
 * class; their message is a path, or nothing.
 */
public final class IoReason {
    private IoReason() {}

    /** Returns the reason alone: {@code permission denied}. */
    public static String of(IOException e) {
        return switch (e) {
            case AccessDeniedException denied -> "permission denied";
            case NoSuchFileException gone -> "it does not exist";
            case FileAlreadyExistsException there -> "it already exists";
            case NotDirectoryException file -> "it is not a directory";
            case DirectoryNotEmptyException full -> "the directory is not empty";
            case FileSystemLoopException loop -> "symbolic links form a loop";
            case FileSystemException file -> reason(file.getReason());
            case UnknownHostException host -> "unknown host " + host.getMessage();
            case ClosedByInterruptException interrupt -> "it was interrupted";
            case ClosedChannelException closed -> "it was closed meanwhile";
            case CharacterCodingException binary -> "it is not text in UTF-8";
            case EOFException end when end.getMessage() == null -> "it ends too early";
            default -> reason(e.getMessage());
        };
    }

    /**
     * Returns the reason of any other exception: its message, or the reason of the exception that
     * it wraps.
     */
    public static String of(Exception e) {
        return switch (e) {
            case IOException known -> of(known);
            case UncheckedIOException wrapped -> of(wrapped);
            default -> e.getMessage() == null ? e.toString() : reason(e.getMessage());
        };
    }

    /** Returns the reason of the wrapped exception. */
    public static String of(UncheckedIOException e) {
        @Nullable IOException cause = e.getCause();
        return cause == null ? reason(e.getMessage()) : of(cause);
    }

    /** Returns the reason, preceded by the name of the file if the exception has one. */
    public static String withFile(IOException e) {
        return e instanceof FileSystemException file && file.getFile() != null
                ? file.getFile() + ": " + of(e)
                : of(e);
    }

    private static String reason(@Nullable String said) {
        String first = said == null ? "" : said.lines().findFirst().orElse("");
        return first.isEmpty() ? "input or output failed" : first;
    }
}
