package org.shmimtcp.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.testing.CapturedErr;
import org.shmimtcp.testing.Certificates;

/** Error messages for unusable files. */
class PemFilesTest {
    private final Path directory;
    private final Certificates authority;
    private final PemFiles good;

    PemFilesTest(@TempDir Path directory) throws IOException {
        this.directory = directory;
        this.authority = new Certificates(directory, "ca");
        this.good = authority.issue("own");
        Files.setPosixFilePermissions(good.key(), PosixFilePermissions.fromString("rw-------"));
    }

    private void refuses(PemFiles files, String... words) {
        assertThatThrownBy(() -> Tls.load(files, null))
                .isInstanceOf(PemFiles.Unusable.class)
                .hasMessageContainingAll(words)
                .message()
                .doesNotContain("\n");
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void goodOnesAreTakenWithoutAWord() {
        try (CapturedErr err = new CapturedErr()) {
            assertThat(Tls.load(good, null)).isNotNull();
            assertThat(err.lines()).isEmpty();
        }
    }

    @Test
    void aChainIsTakenWhole() throws IOException {
        Path chain =
                file(
                        "chain.pem",
                        Files.readString(good.certificate()) + Files.readString(good.authority()));
        PemFiles files = new PemFiles(chain, good.key(), chain);
        assertThat(files.load().chain()).hasSize(2);
        assertThat(files.load().authorities()).hasSize(2);
    }

    @Test
    void certificateAndKeyMayShareAFile() throws IOException {
        Path both =
                file("both", Files.readString(good.certificate()) + Files.readString(good.key()));
        assertThat(new PemFiles(both, both, good.authority()).load().chain()).hasSize(1);
    }

    @Test
    void missing() {
        Path nowhere = directory.resolve("nowhere");
        refuses(
                new PemFiles(nowhere, good.key(), good.authority()),
                "TLS certificate " + nowhere,
                "there is no such file");
        refuses(new PemFiles(good.certificate(), nowhere, good.authority()), "TLS key " + nowhere);
        refuses(
                new PemFiles(good.certificate(), good.key(), nowhere),
                "TLS authority file " + nowhere);
    }

    @Test
    void unreadable() throws IOException {
        Files.setPosixFilePermissions(good.key(), PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(good.key()), "the superuser reads everything");
        refuses(good, "TLS key", "permission denied");
    }

    @Test
    void aDirectory() {
        refuses(
                new PemFiles(directory, good.key(), good.authority()),
                "TLS certificate " + directory,
                "it is a directory");
    }

    @Test
    void aDevice() {
        Path zeros = Path.of("/dev/zero"); // reading it would never end
        refuses(
                new PemFiles(zeros, good.key(), good.authority()),
                "TLS certificate /dev/zero: it is a device, pipe or socket, not a file");
        refuses(new PemFiles(good.certificate(), zeros, good.authority()), "TLS key /dev/zero");
        refuses(
                new PemFiles(good.certificate(), good.key(), zeros),
                "TLS authority file /dev/zero");
    }

    @Test
    void notPem() throws IOException {
        Path noise = Files.write(directory.resolve("noise"), new byte[] {1, -1, 0, 77, 13, 10});
        Path empty = file("empty", "");
        for (Path file : new Path[] {noise, empty}) {
            refuses(new PemFiles(file, good.key(), good.authority()), "TLS certificate " + file);
            refuses(new PemFiles(good.certificate(), file, good.authority()), "TLS key " + file);
            refuses(
                    new PemFiles(good.certificate(), good.key(), file),
                    "TLS authority file " + file);
        }
    }

    @Test
    void damaged() throws IOException {
        String text = Files.readString(good.certificate(), StandardCharsets.US_ASCII);
        Path cut = file("cut", text.substring(0, text.length() / 2));
        refuses(
                new PemFiles(cut, good.key(), good.authority()),
                "TLS certificate " + cut,
                "damaged");
        Path changed = file("changed", text.replaceFirst("(?s)(.{100}).{8}", "$1AAAAAAAA"));
        refuses(new PemFiles(changed, good.key(), good.authority()), changed.toString());
    }

    @Test
    void swapped() {
        refuses(
                new PemFiles(good.key(), good.certificate(), good.authority()),
                "TLS certificate " + good.key(),
                "no certificate");
        refuses(
                new PemFiles(good.certificate(), good.certificate(), good.authority()),
                "TLS key",
                "no private key");
    }

    @Test
    void anothersKey() {
        Path other = authority.issue("other").key();
        refuses(
                new PemFiles(good.certificate(), other, good.authority()),
                "TLS key " + other,
                "does not belong to TLS certificate " + good.certificate());
    }

    @Test
    void expiredOrTooEarly() {
        refuses(
                authority.issueExpired("old"),
                "TLS certificate",
                "old.pem: the certificate expired on");
        refuses(authority.issueEarly("new"), "TLS certificate", "is valid from");
    }

    @Test
    void encryptedKey() throws IOException {
        Path encrypted =
                file(
                        "encrypted.key",
                        """
                        -----BEGIN ENCRYPTED PRIVATE KEY-----
                        MIHrMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAhPNUx2bfjfaQIBATAM
                        BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQxbQ+pHt45CGSGC+yVbbikwSBkEmz
                        CUGlQxPCCWMCYfwelbMvyUDlvglseTYP6JSjL5ns7bJEiFTiYlcm7iWrshAul4rz
                        GRQbc59wTH1roLL4n9GXkUho+jTH1bLCiID9IwUsD2xpd1wQgxW24Ziw011SKJYi
                        ql0RWv8y2jkzDWd9TOSYSYFv9ojdUB05LIDAoQSMlCb+7Zh93OLTMHEO5UVxww==
                        -----END ENCRYPTED PRIVATE KEY-----
                        """);
        refuses(
                new PemFiles(good.certificate(), encrypted, good.authority()),
                "TLS key " + encrypted,
                "is encrypted");
    }

    @Test
    void aKeyThatAllCanReadIsWarnedOf() throws IOException {
        Files.setPosixFilePermissions(good.key(), PosixFilePermissions.fromString("rw-r--r--"));
        try (CapturedErr err = new CapturedErr()) {
            Tls.load(good, null);
            assertThat(err.lines()).singleElement().asString().contains("chmod 600");
        }
    }
}
