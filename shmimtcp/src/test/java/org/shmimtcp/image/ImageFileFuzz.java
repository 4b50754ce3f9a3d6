package org.shmimtcp.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.shmimtcp.testing.ShmDir;

/** Fuzz target for image files with arbitrary content, for {@code org.shmimtcp.fuzz}. */
public final class ImageFileFuzz {
    private static final ImageDirectory DIRECTORY = directory();

    private ImageFileFuzz() {}

    private static ImageDirectory directory() {
        try {
            Path path = ShmDir.InMemory.create();
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> remove(path)));
            return new ImageDirectory(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path.resolve("x.im.shm"));
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void fuzzerTestOneInput(byte[] data) throws IOException {
        Files.write(DIRECTORY.file("x"), data);
        try (Image image = Image.open(DIRECTORY, "x")) {
            use(image, data.length);
        } catch (ImageException refused) {
            String message = String.valueOf(refused.getMessage());
            if (message.isBlank() || message.contains("\n")) {
                throw new IllegalStateException("refused by '" + message + "'", refused);
            }
        }
    }

    /** Runs all code that relies on the head, on memory that has exactly the file's length. */
    static void use(Image image, int fileBytes) {
        if (image.memory().byteSize() != fileBytes
                || image.pixels().byteSize() != image.spec().pixelBytes()) {
            throw new IllegalStateException("mapped other bytes than the file has");
        }
        image.keywords().all();
        try (FrameReader reader = image.newReader()) {
            reader.readNewest(reader.newBuffer());
            reader.readNext(reader.newBuffer(), 0, null, 0);
            image.newWriter().publish(0, reader.newBuffer());
        }
        if (image.isWriting()) {
            throw new IllegalStateException("left as if it were being written");
        }
    }
}
