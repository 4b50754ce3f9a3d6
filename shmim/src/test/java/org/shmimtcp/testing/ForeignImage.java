package org.shmimtcp.testing;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.Processes;

/** Waits for what other processes do with an image. */
public final class ForeignImage {
    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final int SEMAPHORE_BYTES = 32;
    private static final int WAITERS = 4;

    private ForeignImage() {}

    /** Opens an image as soon as another process has created it. */
    public static Image awaitOpen(ImageDirectory directory, String name) {
        Image[] opened = new Image[1];
        Await.until(
                DEADLINE,
                "stream " + name + " in " + directory.path(),
                () -> {
                    try {
                        opened[0] = Image.open(directory, name);
                        return true;
                    } catch (ImageException notYet) {
                        return false;
                    }
                });
        return opened[0];
    }

    /** Waits until some process sleeps on a semaphore. */
    public static void awaitWaiter(Image image, int semaphore) {
        long at = image.layout().semaphores() + (long) semaphore * SEMAPHORE_BYTES + WAITERS;
        try (var file = new RandomAccessFile(image.file().toFile(), "r")) {
            Await.until(
                    DEADLINE,
                    "somebody on semaphore " + semaphore,
                    () -> {
                        try {
                            file.seek(at);
                            return file.readInt() != 0;
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the number of semaphores that readers have claimed, running or not. */
    public static long claims(Image image) {
        long claims = 0;
        for (int i = 0; i < image.spec().semaphores(); i++) {
            claims += image.readerPid(i) > 0 ? 1 : 0;
        }
        return claims;
    }

    /**
     * Returns the number of semaphores whose reader is running. The claim of a dead reader remains
     * while other semaphores are free.
     */
    public static long livingClaims(Image image) {
        long claims = 0;
        for (int i = 0; i < image.spec().semaphores(); i++) {
            int pid = image.readerPid(i);
            claims += pid > 0 && Processes.isAlive(pid) ? 1 : 0;
        }
        return claims;
    }
}
