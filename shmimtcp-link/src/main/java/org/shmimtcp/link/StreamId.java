package org.shmimtcp.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import org.shmimtcp.image.ImageDirectory;

/**
 * A number for a stream of one machine, by which copies in a circle are recognized. All programs on
 * a machine derive the same number, and it tells a stranger neither the machine nor the name.
 */
public final class StreamId {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

    private StreamId() {}

    /**
     * Returns the number, which is not 0. It is the same until the machine starts again.
     *
     * @throws IOException if the directory does not exist
     */
    public static long of(ImageDirectory directory, String stream) throws IOException {
        String place =
                Files.readString(BOOT).strip()
                        + " "
                        + Files.getAttribute(directory.path(), "unix:dev")
                        + " "
                        + Files.getAttribute(directory.path(), "unix:ino")
                        + " ";
        long id = ByteBuffer.wrap(sha256(place + stream)).getLong();
        return id == 0 ? 1 : id;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException impossible) { // every JDK has it
            throw new AssertionError(impossible);
        }
    }

    /** Returns ids as they are printed in a status. */
    public static List<String> print(List<Long> ids) {
        return ids.stream().map(id -> String.format(Locale.ROOT, "%016x", id)).toList();
    }

    /**
     * Returns printed ids as numbers.
     *
     * @throws NumberFormatException if a text is none
     */
    public static List<Long> parse(List<String> printed) {
        return printed.stream().map(text -> Long.parseUnsignedLong(text, 16)).toList();
    }
}
