package org.shmimtcp.testing;

import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.shmimtcp.transport.PemFiles;

/** A certificate authority in a directory, and certificates that it signs, as PEM files. */
public final class Certificates {
    private static final X500Name NAME = new X500Name("CN=test authority");

    private final Path directory;
    private final KeyPair keys;
    private final Path authority;
    private long serial = 1;

    /**
     * Creates an authority.
     *
     * @param name name of its file without {@code .pem}
     */
    public Certificates(Path directory, String name) {
        this.directory = directory;
        this.keys = newKeys();
        Instant now = Instant.now();
        this.authority =
                write(name, sign(NAME, keys, now.minusSeconds(60), now.plusSeconds(3600), true));
    }

    /** Returns the authority's own certificate. */
    public Path authority() {
        return authority;
    }

    /** Issues a certificate that is valid now, with its key. */
    public PemFiles issue(String name) {
        Instant now = Instant.now();
        return issue(name, now.minusSeconds(60), now.plusSeconds(3600));
    }

    /** Issues a certificate that expired an hour ago. */
    public PemFiles issueExpired(String name) {
        Instant now = Instant.now();
        return issue(name, now.minus(Duration.ofDays(2)), now.minus(Duration.ofHours(1)));
    }

    /** Issues a certificate that becomes valid tomorrow. */
    public PemFiles issueEarly(String name) {
        Instant now = Instant.now();
        return issue(name, now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(2)));
    }

    private PemFiles issue(String name, Instant from, Instant to) {
        KeyPair own = newKeys();
        Path certificate = write(name, sign(new X500Name("CN=" + name), own, from, to, false));
        return new PemFiles(certificate, writeKey(name, own), authority);
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private X509CertificateHolder sign(
            X500Name subject, KeyPair of, Instant from, Instant to, boolean isAuthority) {
        var builder =
                new JcaX509v3CertificateBuilder(
                        NAME,
                        BigInteger.valueOf(serial++),
                        Date.from(from),
                        Date.from(to),
                        subject,
                        of.getPublic());
        try {
            builder.addExtension(
                    Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            GeneralName[] names = {
                new GeneralName(GeneralName.dNSName, "rtc.example.org"),
                new GeneralName(GeneralName.iPAddress, "127.0.0.1")
            };
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            return builder.build(
                    new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
        } catch (IOException | OperatorCreationException e) {
            throw new AssertionError(e);
        }
    }

    private Path write(String name, X509CertificateHolder certificate) {
        return write(directory.resolve(name + ".pem"), certificate);
    }

    private Path writeKey(String name, KeyPair key) {
        try {
            return write(
                    directory.resolve(name + ".key"),
                    new JcaPKCS8Generator(key.getPrivate(), null));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Path write(Path file, Object object) {
        try (Writer text = new StringWriter();
                JcaPEMWriter pem = new JcaPEMWriter(text)) {
            pem.writeObject(object);
            pem.flush();
            return Files.writeString(file, text.toString());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
