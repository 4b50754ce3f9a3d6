package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.HostileHead;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.Sender;

/** What cannot work is said in one line on standard error, with an exit code, by the programs. */
@ExtendWith(ChildProcesses.class)
class BadInputIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final GoldenWire MIRROR = new GoldenWire("50x50-float-5");
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

    @TempDir Path dir;

    private Programs programs() {
        return new Programs(dir);
    }

    private void createStream(String name) {
        ImageSpec spec = ImageSpec.of(name, DataType.FLOAT, Shape.of(50, 50));
        Image.create(new ImageDirectory(dir), spec).close();
    }

    private static void assertRefused(ChildProcess program, int code, String... saying) {
        assertThat(program.awaitExit(DEADLINE)).as(program.toString()).isEqualTo(code);
        assertThat(program.output()).isEmpty();
        List<String> lines =
                program.errors().lines().filter(line -> !line.startsWith("Try: ")).toList();
        assertThat(lines).as(program.errors()).hasSize(1);
        assertThat(lines.getFirst()).contains(saying);
    }

    // ---- shmimTCPtransmit ----

    @Test
    void streamThatIsNotThere() {
        createStream("dm01disp04");
        assertRefused(
                programs().start("shmimTCPtransmit", "dm01disp03", "127.0.0.1", "5555"),
                1,
                "shmimTCPtransmit: no stream 'dm01disp03' in " + dir,
                "nearest name: dm01disp04");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "zero      | has 0 bytes",
                "truncated | truncated",
                "version   | not 2.00",
                "directory | is not a file",
                "dangling  | leads nowhere",
            })
    void streamThatIsNone(String fault, String saying) throws IOException {
        Path file = dir.resolve("bad.im.shm");
        byte[] good = MIRROR.source();
        switch (fault) {
            case "zero" -> Files.createFile(file);
            case "truncated" -> Files.write(file, Arrays.copyOf(good, 5000));
            case "version" -> {
                good[0] = '9';
                good[2] = '9';
                good[3] = '9';
                Files.write(file, good);
            }
            case "directory" -> Files.createDirectory(file);
            default -> Files.createSymbolicLink(file, dir.resolve("nowhere"));
        }
        ChildProcess tx = programs().start("shmimTCPtransmit", "bad", "127.0.0.1", "5555");
        assertRefused(tx, 1, "'bad'", saying);
    }

    @Test
    void streamThatMayNotBeRead() throws IOException {
        createStream("secret");
        Path file = dir.resolve("secret.im.shm");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        ChildProcess tx =
                startAsNobody("shmimTCPtransmit", "--foreground", "secret", "127.0.0.1", "5555");
        assertRefused(tx, 1, "'secret'", "permission denied");
    }

    private ChildProcess startAsNobody(String program, String... arguments) throws IOException {
        assumeRoot("to become somebody else");
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        Map<String, String> own = Map.of("SHMIMTCP_JAVA_OPTS", "-Duser.home=/nonexistent");
        int seen =
                ChildProcess.start(
                                Map.of(),
                                Stream.concat(
                                                AS_NOBODY.stream(),
                                                Stream.of(
                                                        "test",
                                                        "-r",
                                                        Programs.launcher("shmim"),
                                                        "-a",
                                                        "-x",
                                                        dir.toString()))
                                        .toList())
                        .awaitExit(DEADLINE);
        assumeTrue(seen == 0, "others may not look into this project's or test's directory");
        return new Programs(dir, own).behind(AS_NOBODY).start(program, arguments);
    }

    private static void assumeRoot(String purpose) throws IOException {
        Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        assumeTrue(uid.equals(0), "needs root " + purpose);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "127.0.0.1            | 0     | a whole number from 1 to 65535, not 0",
                "127.0.0.1            | 65536 | a whole number from 1 to 65535, not 65536",
                "127.0.0.1            | -1    | ",
                "127.0.0.1            | http  | 'http'",
            })
    void portThatIsNone(
            String host, String port, @org.jspecify.annotations.Nullable String saying) {
        createStream("x");
        ChildProcess tx = programs().start("shmimTCPtransmit", "x", host, port);
        assertRefused(tx, 2, "shmimTCPtransmit: ", saying == null ? port : saying);
    }

    @Test
    void addressThatNobodyHas() {
        createStream("x");
        ChildProcess tx = programs().start("shmimTCPtransmit", "x", "no-such-host.invalid", "5555");
        assertRefused(tx, 1, "unknown host 'no-such-host.invalid'");
    }

    @Test
    void wireAndCpusThatAreNone() {
        createStream("x");
        ChildProcess tx =
                programs().start("shmimTCPtransmit", "--wire", "milk4", "x", "127.0.0.1", "5555");
        assertRefused(tx, 2, "'--wire'", "milk2, milk3, not \"milk4\"");
        ChildProcess cpus =
                new Programs(dir, Map.of("SHMIMTCP_CPUSET", "2-"))
                        .start("shmimTCPtransmit", "x", "127.0.0.1", "5555");
        assertRefused(cpus, 1, "$SHMIMTCP_CPUSET is '2-'", "2,4-7");
        ChildProcess latency = programs().start("shmimTCPreceive", "--cpu-latency", "low", "5555");
        assertRefused(latency, 2, "'--cpu-latency': 'low'", "microseconds, auto or any");
        ChildProcess variable =
                new Programs(dir, Map.of("SHMIMTCP_CPU_LATENCY", "-5"))
                        .start("shmimTCPtransmit", "x", "127.0.0.1", "5555");
        assertRefused(variable, 2, "$SHMIMTCP_CPU_LATENCY is '-5'", "microseconds, auto or any");
    }

    // ---- shmimTCPreceive: at its start ----

    @Test
    void portThatIsTaken() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            ChildProcess rx = programs().start("shmimTCPreceive", port);
            assertRefused(rx, 1, "shmimTCPreceive: cannot listen on port " + port, "in use");
        }
    }

    @Test
    void portOfAnotherReceiver() {
        int port = Programs.freePort();
        ChildProcess first = programs().receive(port);
        ChildProcess second = programs().start("shmimTCPreceive", Integer.toString(port));
        assertRefused(second, 1, "cannot listen on port " + port, "in use");
        sendAndCheck(port);
        assertThat(first.isAlive()).isTrue();
    }

    @Test
    void portThatIsPrivileged() throws IOException {
        // By cat: such a file gives all of it to the first read only, and Java's is of one byte.
        Path setting = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");
        int first =
                Integer.parseInt(
                        ChildProcess.start(Map.of(), List.of("cat", setting.toString()))
                                .awaitSuccess(DEADLINE)
                                .strip());
        assumeTrue(first > 1, "every port is for everybody here");
        ChildProcess rx = startAsNobody("shmimTCPreceive", "1");
        assertRefused(rx, 1, "cannot listen on port 1 of this machine", "ermission denied");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0                   | 2 | a whole number from 1 to 65535, not 0",
                "99999               | 2 | a whole number from 1 to 65535, not 99999",
                "-p 100 5555         | 2 | option '-p': expected a whole number from 0 to 99, not"
                        + " 100",
                "--max-size 0 5555   | 2 | option '--max-size': expected a whole number from 1 to"
                        + " 2147483647, not 0",
                "--name ../evil 5555 | 1 | stream name '../evil' starts with '.'",
                "--name a/b 5555     | 1 | stream name 'a/b' has a '/'",
                "--bind 192.0.2.1 5555 | 1 | cannot listen on port 5555 of 192.0.2.1",
                "--bind no.invalid 5555 | 1 | --bind no.invalid: unknown address",
            })
    void argumentsThatAreWrong(String arguments, int code, String saying) {
        ChildProcess rx = programs().start("shmimTCPreceive", arguments.split(" "));
        assertRefused(rx, code, saying);
    }

    @Test
    void bindsToOneAddressOnly() {
        int port = Programs.freePort();
        ChildProcess rx = programs().receive(port, "--bind", "127.0.0.2");
        assertThat(rx.errors()).contains("listening on 127.0.0.2:" + port);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> new Sender(port)))
                .hasMessageContaining("refused");
    }

    // ---- shmimTCPreceive: while it runs ----

    /** Sends a good stream; the copy must be right. */
    private void sendAndCheck(int port) {
        try (Sender good = new Sender(port).send(MIRROR.stream());
                Image copy = ForeignImage.awaitOpen(new ImageDirectory(dir), "dm01disp03")) {
            org.shmimtcp.testing.Await.until(
                    DEADLINE,
                    "five frames from " + good.localPort(),
                    () -> copy.cnt0() == 5 && !copy.isWriting());
        }
    }

    /** The streams, and what else a visitor could have caused. */
    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("proc")) // milk's list, and our entry in it
                    .filter(name -> !name.equals(LinkStatuses.DIRECTORY)) // of each running link
                    .toList();
        }
    }

    /** Only these lines: which other warnings a machine gives cause for is not the point. */
    private static List<String> refusals(ChildProcess rx) {
        return rx.errors().lines().filter(line -> line.matches(".* refused[ :].*")).toList();
    }

    @Test
    void everyHostileHeadInOneLineAndThenAGoodTransmitter() throws IOException {
        int port = Programs.freePort();
        ChildProcess rx = programs().receive(port, "-p", "0");
        List<HostileHead> all = HostileHead.all();
        for (HostileHead head : all) {
            try (Sender bad = new Sender(port).send(head.bytes())) {
                bad.awaitClosed(DEADLINE);
            }
        }
        try (Sender garbage =
                new Sender(port)
                        .send(
                                "GET / HTTP/1.1\r\n\r\n"
                                        .repeat(100)
                                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII))) {
            garbage.awaitClosed(DEADLINE);
        }
        new Sender(port).send(new byte[100]).close();
        new Sender(port).close();
        // A flood does not fill the log: some lines at once, then one a second; the sum has all.
        assertThat(refusals(rx)).hasSizeGreaterThan(3).hasSizeLessThanOrEqualTo(all.size() + 3);
        assertThat(files()).isEmpty();
        sendAndCheck(port);
        assertThat(files()).containsExactly("dm01disp03.im.shm");
        rx.terminate();
        rx.awaitExit(DEADLINE);
        assertThat(rx.errors()).contains("refused=" + (all.size() + 3));
    }

    @Test
    void headThatAsksForMoreMemoryThanThereIs() throws IOException {
        int port = Programs.freePort();
        ChildProcess rx = programs().receive(port, "--max-size", "2000000000", "-p", "0");
        byte[] head =
                HostileHead.all().stream()
                        .filter(h -> h.what().equals("a cube without end"))
                        .findFirst()
                        .orElseThrow()
                        .bytes();
        try (Sender bad = new Sender(port).send(head)) {
            bad.awaitClosed(DEADLINE);
        }
        rx.awaitOutput("refused", DEADLINE);
        assertThat(refusals(rx)).hasSize(1);
        assertThat(files()).isEmpty();
        sendAndCheck(port);
    }

    @Test
    void directoryThatIsFull() throws IOException {
        mountTiny("size=16k");
        try {
            checkRefusesTheCopy("bytes, and");
            ChildProcess mk2Dim = programs().start("mk2Dim", "s>tf32>big", "200", "200");
            assertRefused(mk2Dim, 1, "'big' cannot be created in " + dir, "are free");
        } finally {
            unmount();
        }
    }

    @Test
    void directoryThatIsReadOnly() throws IOException {
        mountTiny("size=1m,ro");
        try {
            checkRefusesTheCopy("the file system is read-only");
        } finally {
            unmount();
        }
    }

    @Test
    void directoryOfSomebodyElse() throws IOException {
        int port = Programs.freePort();
        ChildProcess rx =
                startAsNobody("shmimTCPreceive", Integer.toString(port))
                        .awaitOutput("listening on", DEADLINE);
        try (Sender good = new Sender(port).send(MIRROR.stream())) {
            good.awaitClosed(DEADLINE);
        }
        rx.awaitOutput("cannot be created in", DEADLINE);
        assertThat(refusals(rx)).hasSize(1);
        assertThat(rx.errors()).as("said before it is done").doesNotContain("' created in");
        assertThat(rx.isAlive()).isTrue();
    }

    private void checkRefusesTheCopy(String saying) throws IOException {
        int port = Programs.freePort();
        ChildProcess rx = programs().receive(port, "-p", "0");
        GoldenWire large = new GoldenWire("120x120-uint16-10"); // 30 kB
        try (Sender bad = new Sender(port).send(large.stream())) {
            bad.awaitClosed(DEADLINE);
        }
        rx.awaitOutput("refused", DEADLINE);
        assertThat(refusals(rx)).singleElement().asString().contains("'cam120'", saying);
        assertThat(files()).isEmpty();
        assertThat(rx.isAlive()).isTrue();
        rx.terminate();
        rx.awaitExit(DEADLINE);
    }

    private void mountTiny(String options) throws IOException {
        assumeRoot("to mount a small file system");
        int mounted =
                ChildProcess.start(
                                Map.of(),
                                List.of("mount", "-t", "tmpfs", "-o", options, "tiny", dir + ""))
                        .awaitExit(DEADLINE);
        assumeTrue(mounted == 0, "nothing can be mounted here");
    }

    private void unmount() {
        ChildProcess.start(Map.of(), List.of("umount", "-l", dir + "")).awaitSuccess(DEADLINE);
    }
}
