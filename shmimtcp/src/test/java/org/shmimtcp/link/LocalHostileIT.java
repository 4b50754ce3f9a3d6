package org.shmimtcp.link;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SteadySource;

/** Another user of the machine, where all may write to the directory of the streams. */
@ExtendWith(ChildProcesses.class)
class LocalHostileIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final int port = Programs.freePort();
    private final Path root;
    private final ImageDirectory sources;
    private final ImageDirectory copies;

    LocalHostileIT(@ShmDir Path root) throws IOException {
        this.root = root;
        sources = new ImageDirectory(Files.createDirectory(root.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(root.resolve("copies")));
    }

    /**
     * A user who may write to the directory swaps names while root works in it: neither the file
     * nor the directory that the names then lead to changes.
     */
    @Test
    void aLocalUserRedirectsNothing() throws IOException {
        LocalAttacker.assume();
        Files.setPosixFilePermissions(root, fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(copies.path(), fromString("rwxrwxrwx"));
        Path secret = Files.createDirectory(root.resolve("secret"));
        Path file = Files.writeString(secret.resolve("file"), "root's");
        Files.setPosixFilePermissions(file, fromString("rw-------"));
        Path directory = Files.createDirectory(root.resolve("directory"));
        Files.setPosixFilePermissions(directory, fromString("rwx------"));
        ImageSpec spec = ImageSpec.of("good", DataType.FLOAT, Shape.of(50, 50));
        var programs = new Programs(copies.path());
        try (Image source = Image.create(sources, spec);
                LocalAttacker attacker = LocalAttacker.start(root, copies.path(), file, directory);
                SteadySource steady = new SteadySource(source)) {
            ChildProcess receiver = programs.receive(port);
            ChildProcess transmitter = new Programs(sources.path()).transmit(source.name(), port);
            ImageSpec big = ImageSpec.of("big", DataType.FLOAT, Shape.of(1000, 1000));
            int made = 0;
            long endNs = System.nanoTime() + Full.or(60, 5) * 1_000_000_000L;
            while (System.nanoTime() < endNs) {
                made += replaceInSpiteOf(big) ? 1 : 0;
            }
            ChildProcess create = programs.start("shmim", "create", "byhand", "1000", "1000");
            create.awaitExit(SOON); // with or without success
            ChildProcess status = programs.start("shmim", "status");
            status.awaitExit(SOON);
            steady.stop();
            System.out.printf("attacker: %s; streams made: %d%n", attacker.report(), made);
            assertThat(attacker.swapped()).isPositive();
            assertThat(receiver.isAlive()).as(receiver.report()).isTrue();
            assertThat(transmitter.isAlive()).as(transmitter.report()).isTrue();
        }
        assertThat(file).hasContent("root's");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(fromString("rw-------"));
        assertThat(directory).isEmptyDirectory();
        assertThat(Files.getPosixFilePermissions(directory)).isEqualTo(fromString("rwx------"));
    }

    /** False if the attacker was in the way, which he may be. */
    private boolean replaceInSpiteOf(ImageSpec spec) {
        try {
            Image.replace(copies, spec).close();
            return true;
        } catch (ImageException inTheWay) {
            return false;
        }
    }
}
