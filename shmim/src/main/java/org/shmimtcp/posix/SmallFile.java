package org.shmimtcp.posix;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;

/**
 * Reads files that users name, such as settings and keys. Only a regular file of limited size is
 * read: a device would never end, and a pipe would wait for a writer.
 */
public final class SmallFile {
    private SmallFile() {}

    /**
     * Reads the whole file.
     *
     * @throws FileSystemException if it is not a regular file, or larger than {@code maxBytes}
     */
    public static byte[] read(Path file, int maxBytes) throws IOException {
        checkRegular(file);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new FileSystemException(
                        file.toString(), null, "it is larger than " + maxBytes + " bytes");
            }
            return bytes;
        }
    }

    /**
     * Refuses directories, devices, pipes and sockets.
     *
     * @throws FileSystemException if it is one of these
     */
    public static void checkRegular(Path file) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        if (found.isDirectory()) {
            throw new FileSystemException(file.toString(), null, "it is a directory");
        }
        if (!found.isRegularFile()) {
            throw new FileSystemException(
                    file.toString(), null, "it is a device, pipe or socket, not a file");
        }
    }

    /** Returns true if every user of this machine can read it; false if that is unknown. */
    public static boolean isReadByAll(Path file) {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException unknown) {
            return false; // a file system without POSIX permissions
        }
    }
}
