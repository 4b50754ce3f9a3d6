package org.shmimtcp.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Alone;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.Figure;
import org.shmimtcp.testing.ProcField;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SteadySource;

/** What a link takes of a machine's memory. */
@Alone
class MemoryIT {
    private static final Duration SETTLING = Duration.ofSeconds(4);
    private static final Duration SOON = Duration.ofSeconds(20);

    /**
     * Of docs/performance.md, and what the machine may add: it maps files in pieces as it likes.
     */
    private static final long MOST_KB = 66_000;

    private final Path sources;
    private final Path copies;

    MemoryIT(@ShmDir Path root) throws IOException {
        sources = Files.createDirectory(root.resolve("sources"));
        copies = Files.createDirectory(root.resolve("copies"));
    }

    private static long residentKb(ChildProcess end) {
        try {
            return ProcField.ofStatus(end.pid(), "VmRSS:");
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    @Test
    void whatTheStartTookIsGivenBack() {
        int port = Programs.freePort();
        ImageSpec spec = ImageSpec.of("m", DataType.FLOAT, Shape.of(50, 50));
        try (Image image = Image.create(new ImageDirectory(sources), spec);
                SteadySource source = new SteadySource(image);
                ChildProcess in = new Programs(copies).receive(port);
                ChildProcess out = new Programs(sources).transmit("m", port)) {
            Await.time(SETTLING); // before, there is little yet to give back
            Await.until(
                    SOON,
                    "both within " + MOST_KB + " kB",
                    () -> residentKb(in) <= MOST_KB && residentKb(out) <= MOST_KB);
            Figure.print(
                    "resident, MB: transmitter %.0f, receiver %.0f",
                    residentKb(out) / 1e3, residentKb(in) / 1e3);
            source.stop();
        }
    }
}
