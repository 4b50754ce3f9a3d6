package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.Certificates;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Peer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.Project;
import org.shmimtcp.tmux.Tmux;
import org.shmimtcp.transport.PemFiles;

/**
 * The real programs with certificates that are made by the commands in docs/security.md, and others
 * that want to talk to them.
 */
@ExtendWith(ChildProcesses.class)
class TlsIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Pattern COMMANDS = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
    private static final String SPOKEN = "TLS: ";

    private final int port = Programs.freePort();
    private final Path dir;
    private final Path keys;
    private final ImageDirectory sources;
    private final ImageDirectory copies;
    private final List<String> page;

    TlsIT(@TempDir Path dir) throws IOException {
        this.dir = dir;
        keys = Files.createDirectory(dir.resolve("it's keys"));
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
        Path docs = Project.ROOT.resolve("docs/security.md");
        page = COMMANDS.matcher(Files.readString(docs)).results().map(m -> m.group(1)).toList();
    }

    @BeforeEach
    void makeCertificates() {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "there is no /usr/bin/openssl");
        Image.create(sources, ImageSpec.of("acc000", DataType.FLOAT, Shape.of(50, 50))).close();
        assertThat(page).as("authority, machine, look, renewal").hasSize(4);
        sh(keys, page.get(0));
        for (String machine : List.of("rtc", "dm")) {
            assertThat(sh(keys, forMachine(machine, page.get(1)) + page.get(2)))
                    .contains("CN = " + machine, "DNS:" + machine, machine + ".pem: OK");
        }
    }

    private static String forMachine(String name, String commands) {
        String first = "name=rtc address=192.168.2.1\n";
        String here = "name=" + name + " address=127.0.0.1\n";
        return commands.contains(first) ? commands.replace(first, here) : here + commands;
    }

    private static String sh(Path where, String commands) {
        return ChildProcess.start(
                        Map.of("DIR", where.toString()),
                        List.of("sh", "-ec", "cd \"$DIR\"\n" + commands))
                .awaitSuccess(SOON);
    }

    private PemFiles of(String machine) {
        return new PemFiles(
                keys.resolve(machine + ".pem"),
                keys.resolve(machine + ".key"),
                keys.resolve("ca.pem"));
    }

    private static String[] options(PemFiles files, String... more) {
        List<String> all = new ArrayList<>(List.of(more));
        all.add("--tls-cert=" + files.certificate());
        all.add("--tls-key=" + files.key());
        all.add("--tls-ca=" + files.authority());
        return all.toArray(String[]::new);
    }

    private ChildProcess receive(String... more) {
        return new Programs(copies.path()).receive(port, options(of("dm"), more));
    }

    private ChildProcess transmit(String... options) {
        return new Programs(sources.path()).transmit("acc000", port, options);
    }

    private ChildProcess openssl(String verb, String... arguments) {
        List<String> command = new ArrayList<>(List.of("openssl", verb));
        command.addAll(List.of(arguments));
        return ChildProcess.start(Map.of(), command);
    }

    private void assertFlow() {
        try (Image source = Image.open(sources, "acc000");
                Image copy = ForeignImage.awaitOpen(copies, "acc000")) {
            int next = Math.toIntExact(source.cnt0() + 1);
            NumberedFrames.lockStep(source, copy, next, next + 20);
        }
    }

    /** Frames go on being published; none arrives. */
    private void assertNothing() {
        try (Image source = Image.open(sources, "acc000")) {
            NumberedFrames.publish(source, source.newWriter(), source.cnt0() + 1);
        }
        assertThat(copies.has("acc000")).isFalse();
    }

    private static long lines(ChildProcess program, String with) {
        return program.errors().lines().filter(line -> line.contains(with)).count();
    }

    @Test
    void bothEndsWithTheRightOneAndName() {
        ChildProcess receiver = receive("--tls-name=rtc");
        ChildProcess transmitter = transmit(options(of("rtc"), "--tls-name=127.0.0.1"));
        transmitter.awaitOutput("connected (native)", SOON);
        assertFlow();
        assertThat(lines(receiver, SPOKEN) + lines(transmitter, SPOKEN)).isZero();
    }

    @Test
    void cByteStreamOverTls() {
        receive();
        transmit(options(of("rtc"), "--wire=milk2")).awaitOutput("connected (milk2", SOON);
        assertFlow();
    }

    @Test
    void nameOfAnotherMachineIsRefusedByEitherEnd() {
        try (ChildProcess receiver = receive("--tls-name=dm")) {
            ChildProcess transmitter = transmit(options(of("rtc")));
            receiver.awaitOutput(
                    "TLS: its certificate is not for 'dm' (the required peer name)", SOON);
            transmitter.awaitOutput("acc000 to 127.0.0.1:" + port + ": waiting (", SOON);
            assertNothing();
            transmitter.kill9();
        }
        ChildProcess receiver = receive();
        ChildProcess transmitter = transmit(options(of("rtc"), "--tls-name=rtc"));
        transmitter.awaitOutput(
                "TLS: its certificate is not for 'rtc' (the required peer name)", SOON);
        receiver.awaitOutput("refused 127.0.0.1:", SOON);
        assertNothing();
        assertThat(lines(transmitter, "WARN")).as(transmitter.report()).isEqualTo(1);
    }

    @Test
    void anotherAuthorityIsRefusedByEitherEnd() throws IOException {
        ChildProcess receiver = receive();
        PemFiles foreign =
                new Certificates(Files.createDirectory(dir.resolve("other")), "ca").issue("rtc");
        ChildProcess strange =
                transmit(
                        options(
                                new PemFiles(
                                        foreign.certificate(),
                                        foreign.key(),
                                        of("dm").authority())));
        receiver.awaitOutput("TLS: it presents no certificate signed by the trusted CA", SOON);
        strange.awaitOutput("waiting (", SOON);
        assertThat(lines(strange, "WARN"))
                .as(strange.report())
                .isEqualTo(2); // the key's file is not protected
        strange.kill9();
        // And a transmitter that does not trust the receiver.
        ChildProcess careful = transmit(options(foreign));
        careful.awaitOutput("TLS: its certificate is not signed by the trusted CA", SOON);
        receiver.awaitOutput("TLS: the peer refuses (", SOON);
        assertNothing();
    }

    @Test
    void whoHasNoCertificateOrAnExpiredOneGetsNothing() throws IOException {
        var authority = new Certificates(Files.createDirectory(dir.resolve("ours")), "ca");
        PemFiles own = authority.issue("dm");
        ChildProcess receiver = new Programs(copies.path()).receive(port, options(own));
        String at = "127.0.0.1:" + port;
        openssl("s_client", "-connect", at).awaitExit(SOON);
        receiver.awaitOutput("TLS: it presents no certificate", SOON);
        PemFiles old = authority.issueExpired("old");
        openssl(
                        "s_client",
                        "-connect",
                        at,
                        "-cert",
                        old.certificate().toString(),
                        "-key",
                        old.key().toString())
                .awaitExit(SOON);
        receiver.awaitOutput("TLS: its certificate has expired", SOON);
        openssl("s_client", "-tls1_2", "-connect", at).awaitExit(SOON);
        receiver.awaitOutput("TLS: it does not support TLS 1.3", SOON);
        ChildProcess ours = transmit(options(old));
        assertThat(ours.awaitExit(SOON)).isNotZero();
        assertThat(ours.errors()).contains("expired on", "create a new one");
        assertThat(copies.has("acc000")).isFalse();
    }

    @Test
    void whoDoesNotSpeakTlsGetsNothing() {
        ChildProcess receiver = receive();
        ChildProcess plain = transmit();
        receiver.awaitOutput("TLS: it does not speak TLS", SOON);
        plain.awaitOutput("; retrying", SOON); // it may have taken the silence for a C program
        assertNothing();
        plain.kill9();
        long before = lines(receiver, "it does not speak TLS");
        Peer.start(sources.path(), "tx", "acc000", "127.0.0.1", Integer.toString(port));
        Await.until(
                SOON,
                "the C program is refused",
                () -> lines(receiver, "it does not speak TLS") > before);
        assertNothing();
    }

    @Test
    void receiverWithoutTlsSaysSo() {
        ChildProcess receiver = new Programs(copies.path()).receive(port);
        ChildProcess transmitter = transmit(options(of("rtc")));
        receiver.awaitOutput("it speaks TLS, but this receiver has no certificate", SOON);
        transmitter.awaitOutput("waiting (", SOON);
        assertNothing();
    }

    @Test
    void renewedCertificateIsTakenWithoutARestart() throws IOException {
        ChildProcess receiver = receive();
        ChildProcess first = transmit(options(of("rtc")));
        assertFlow();
        byte[] before = Files.readAllBytes(of("dm").certificate());
        sh(keys, forMachine("dm", page.get(3)));
        assertThat(Files.readAllBytes(of("dm").certificate())).isNotEqualTo(before);
        first.kill9();
        transmit(options(of("rtc"), "--tls-name=dm")).awaitOutput(": connected", SOON);
        receiver.awaitOutput("new certificates from " + of("dm").certificate(), SOON);
        assertFlow();
    }

    @Test
    void optionsPassThroughTmux() throws IOException {
        assumeTrue(Tmux.isInstalled(), "there is no tmux here");
        Map<String, String> environment = new HashMap<>();
        environment.put("TMUX_TMPDIR", Files.createDirectory(dir.resolve("t")).toString());
        environment.put("TMUX", "");
        receive("--tls-name=rtc");
        List<String> arguments = new ArrayList<>(List.of(options(of("rtc"), "--tls-name=dm")));
        arguments.addAll(List.of("acc000", "127.0.0.1", Integer.toString(port)));
        try {
            new Programs(sources.path(), environment)
                    .start("shmimTCPtransmit", arguments.toArray(String[]::new))
                    .awaitSuccess(SOON);
            assertFlow();
        } finally {
            ChildProcess.start(environment, List.of("tmux", "kill-server")).awaitExit(SOON);
        }
    }
}
