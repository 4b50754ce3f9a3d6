package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** Whatever is wrong: one line that says what, where and what to do, and an exit code. */
@ExtendWith(ChildProcesses.class)
class BadInputIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String PORT = "18886";

    @ShmDir @TempDir Path path;

    private final SplittableRandom random = new SplittableRandom(20261122);

    private Programs programs() {
        return new Programs(path);
    }

    private void refused(ChildProcess child, int exitCode, String... words) {
        assertThat(child.awaitExit(DEADLINE)).as(child.report()).isEqualTo(exitCode);
        assertThat(child.errors().lines().filter(line -> !line.startsWith("Try: ")))
                .as(child.report())
                .singleElement()
                .asString()
                .contains(words);
        assertThat(child.output()).isEmpty();
    }

    private ChildProcess transmit(String... arguments) {
        return programs().start("shmimTCPtransmit", arguments);
    }

    private void create(String name) {
        Image.create(new ImageDirectory(path), ImageSpec.of(name, DataType.FLOAT, Shape.of(5, 5)))
                .close();
    }

    @Test
    void noSuchStream() {
        create("acc00");
        refused(
                transmit("acc000", "127.0.0.1", PORT),
                1,
                "no stream 'acc000' in " + path + " (1 stream there; nearest name: acc00)");
    }

    @Test
    void streamIsNoUsableFile() throws IOException {
        create("x");
        Path file = path.resolve("x.im.shm");
        byte[] good = Files.readAllBytes(file);
        byte[] foreign = good.clone();
        foreign[0] = '9';
        Files.write(path.resolve("short.im.shm"), Arrays.copyOf(good, 1000));
        Files.write(path.resolve("foreign.im.shm"), foreign);
        Files.write(path.resolve("empty.im.shm"), new byte[0]);
        Files.createDirectory(path.resolve("dir.im.shm"));
        refused(transmit("short", "127.0.0.1", PORT), 1, "'short'", "1000 bytes", "cut short");
        refused(transmit("foreign", "127.0.0.1", PORT), 1, "'foreign'", "version '9.00'");
        refused(transmit("empty", "127.0.0.1", PORT), 1, "'empty'", "0 bytes");
        refused(transmit("dir", "127.0.0.1", PORT), 1, "'dir'", "is no file");
        refused(transmit("../x", "127.0.0.1", PORT), 1, "'../x'");
    }

    @Test
    void streamMayNotBeRead() throws IOException {
        assumeTrue(isRoot(), "needs root, to become somebody else");
        create("x");
        Path file = path.resolve("x.im.shm");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        ChildProcess child =
                programs()
                        .startBehind(
                                List.of("setpriv", "--reuid=65534", "--clear-groups"),
                                "shmimTCPtransmit",
                                "x",
                                "127.0.0.1",
                                PORT);
        refused(child, 1, "'x'", "permission denied");
    }

    @Test
    void portIsTakenOrNoPort() {
        int port = Programs.freePort();
        programs().receive(port);
        ChildProcess second = programs().start("shmimTCPreceive", Integer.toString(port));
        refused(second, 1, "cannot listen on port " + port, "already in use");
        refused(programs().start("shmimTCPreceive", "70000"), 2, "port 70000: must be 1 to 65535");
        refused(programs().start("shmimTCPreceive", "0"), 2, "port 0: must be 1 to 65535");
        refused(programs().start("shmimTCPreceive", "eight"), 2, "'eight' is not an int");
        refused(programs().start("shmimTCPreceive", "-p", "100", PORT), 2, "priority 100");
        refused(
                programs().start("shmimTCPreceive", "--bind", "203.0.113.7", PORT),
                1,
                "cannot listen on port " + PORT + " of 203.0.113.7",
                "this machine does not have that address");
    }

    @Test
    void portIsPrivileged() {
        assumeTrue(isRoot(), "needs root, to become somebody else");
        assumeTrue(privilegedPortsStart() > 80, "every port is free for all here");
        ChildProcess privileged =
                programs()
                        .startBehind(
                                List.of(
                                        "setpriv",
                                        "--reuid=65534",
                                        "--clear-groups",
                                        "--bounding-set=-all",
                                        "--inh-caps=-all"),
                                "shmimTCPreceive",
                                "80");
        refused(privileged, 1, "cannot listen on port 80", "permission denied");
    }

    private static int privilegedPortsStart() {
        try {
            return Integer.parseInt(
                    Files.readString(Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start"))
                            .strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void addressIsUnknown() {
        create("x");
        refused(
                transmit("x", "no-such-host.invalid", PORT),
                1,
                "unknown host 'no-such-host.invalid'");
    }

    @Test
    void wireAndCpusAreUnknown() {
        create("x");
        refused(transmit("--wire", "milk7", "x", "127.0.0.1", PORT), 2, "--wire milk7: must be");
        Programs cpus = new Programs(path, Map.of("SHMIMTCP_CPUSET", "two"));
        refused(
                cpus.start("shmimTCPtransmit", "x", "127.0.0.1", PORT),
                1,
                "$SHMIMTCP_CPUSET is 'two': a list like 2,4-7 is expected");
    }

    /** Garbage, too little, and nothing: the receiver goes on listening and leaves nothing. */
    @Test
    void visitorsSendGarbage() throws IOException {
        int port = Programs.freePort();
        ChildProcess receiver = programs().receive(port);
        byte[] garbage = new byte[10_000];
        random.nextBytes(garbage);
        try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), port);
                Socket babbler = new Socket(InetAddress.getLoopbackAddress(), port);
                Socket brief = new Socket(InetAddress.getLoopbackAddress(), port)) {
            OutputStream out = babbler.getOutputStream();
            out.write(garbage);
            brief.getOutputStream().write(garbage, 0, 100);
            brief.shutdownOutput();
            Await.until(
                    DEADLINE,
                    "a line for each visitor that spoke",
                    () ->
                            receiver.errors().lines().filter(l -> l.contains("refused")).count()
                                    == 2);
            assertThat(silent.isConnected()).isTrue();
        }
        try (Stream<Path> files = Files.list(path)) {
            assertThat(files).isEmpty();
        }
        Path sources = Files.createDirectory(path.resolve("sources"));
        Image.create(new ImageDirectory(sources), ImageSpec.of("x", DataType.FLOAT, Shape.of(5, 5)))
                .close();
        new Programs(sources).transmit("x", port);
        Await.until(DEADLINE, "the copy", () -> new ImageDirectory(path).has("x"));
        assertThat(receiver.isAlive()).isTrue();
    }

    /** The directory is full: said, and nothing is left; when there is room, it works. */
    @Test
    void directoryIsFull() throws IOException {
        assumeTrue(isRoot(), "needs root, to mount a small tmpfs");
        Path small = Files.createDirectory(path.resolve("small"));
        run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.toString());
        try {
            Programs there = new Programs(small);
            ChildProcess child = there.start("mk2Dim", "s>tf32>big", "200", "200");
            refused(child, 1, "'big' cannot be made in " + small, "65536 are free");
            int port = Programs.freePort();
            ChildProcess receiver = there.receive(port);
            create("x");
            Image.replace(
                            new ImageDirectory(path),
                            ImageSpec.of("x", DataType.FLOAT, Shape.of(200, 200)))
                    .close();
            programs().transmit("x", port);
            receiver.awaitOutput("cannot be made in " + small, DEADLINE);
            assertThat(receiver.isAlive()).isTrue();
            try (Stream<Path> files = Files.list(small)) {
                assertThat(files).isEmpty();
            }
        } finally {
            run("umount", small.toString());
        }
    }

    private static void run(String... command) {
        ChildProcess.start(Map.of(), List.of(command)).awaitSuccess(DEADLINE);
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
