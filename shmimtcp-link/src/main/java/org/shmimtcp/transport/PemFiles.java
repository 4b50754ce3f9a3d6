package org.shmimtcp.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.SmallFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that TLS needs, in the formats that openssl writes.
 *
 * @param certificate this end's certificate and the intermediate certificates up to its authority
 * @param key its private key, not encrypted
 * @param authority certificates of the authorities that sign the peer's certificate
 */
public record PemFiles(Path certificate, Path key, Path authority) {
    private static final Logger LOG = LoggerFactory.getLogger(PemFiles.class);

    /** Enough for the certificates of a thousand authorities. */
    private static final int MAX_BYTES = 4 << 20;

    /** A file is unusable; the message names the file and the reason. */
    public static final class Unusable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unusable(String message, Throwable cause) {
            super(message, cause);
        }

        Unusable(String message) {
            super(message);
        }
    }

    record Contents(
            List<X509Certificate> chain, PrivateKey key, List<X509Certificate> authorities) {}

    Contents load() {
        List<X509Certificate> chain = certificates("TLS certificate", certificate);
        PrivateKey privateKey = privateKey();
        PublicKey publicKey = chain.getFirst().getPublicKey();
        if (!belongTogether(privateKey, publicKey)) {
            throw new Unusable(
                    "TLS key " + key + " does not belong to TLS certificate " + certificate);
        }
        warnIfOthersMayReadTheKey();
        return new Contents(chain, privateKey, certificates("TLS authority file", authority));
    }

    /** Returns stamps of the files, which change when a file is replaced or rewritten. */
    List<String> stamps() {
        return Stream.of(certificate, key, authority).map(PemFiles::stamp).toList();
    }

    private static String stamp(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return now.fileKey() + " " + now.size() + " " + now.lastModifiedTime();
        } catch (IOException e) {
            return "none";
        }
    }

    private static List<Object> objects(String option, Path file) {
        try (PEMParser parser = new PEMParser(reader(file))) {
            List<Object> objects = new ArrayList<>();
            for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
                objects.add(next);
            }
            return objects;
        } catch (NoSuchFileException e) {
            throw new Unusable(option + " " + file + ": there is no such file", e);
        } catch (FileSystemException e) {
            throw new Unusable(option + " " + file + ": " + IoReason.of(e), e);
        } catch (IOException | RuntimeException e) { // the parser throws RuntimeExceptions, too
            throw new Unusable(
                    option + " " + file + ": not a PEM file, or damaged (" + e.getMessage() + ")",
                    e);
        }
    }

    private static Reader reader(Path file) throws IOException {
        return new StringReader(new String(SmallFile.read(file, MAX_BYTES), US_ASCII));
    }

    private static List<X509Certificate> certificates(String option, Path file) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Object object : objects(option, file)) {
            if (object instanceof X509CertificateHolder holder) {
                certificates.add(checked(option, file, holder));
            }
        }
        if (certificates.isEmpty()) {
            throw new Unusable(
                    option
                            + " "
                            + file
                            + ": it contains no certificate (-----BEGIN"
                            + " CERTIFICATE-----)");
        }
        return certificates;
    }

    private static X509Certificate checked(String option, Path file, X509CertificateHolder holder) {
        try {
            X509Certificate read = new JcaX509CertificateConverter().getCertificate(holder);
            read.checkValidity();
            return read;
        } catch (CertificateExpiredException e) {
            throw new Unusable(
                    option
                            + " "
                            + file
                            + ": the certificate expired on "
                            + holder.getNotAfter().toInstant()
                            + "; create a new one",
                    e);
        } catch (CertificateNotYetValidException e) {
            throw new Unusable(
                    option
                            + " "
                            + file
                            + ": the certificate is valid from "
                            + holder.getNotBefore().toInstant()
                            + " on only; is this machine's clock right?",
                    e);
        } catch (GeneralSecurityException e) {
            throw new Unusable(option + " " + file + ": " + e.getMessage(), e);
        }
    }

    private PrivateKey privateKey() {
        JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
        for (Object object : objects("TLS key", key)) {
            try {
                switch (object) {
                    case PrivateKeyInfo pkcs8 -> {
                        return converter.getPrivateKey(pkcs8);
                    }
                    case PEMKeyPair pair -> {
                        return converter.getPrivateKey(pair.getPrivateKeyInfo());
                    }
                    case PEMEncryptedKeyPair encrypted -> throw encrypted();
                    case PKCS8EncryptedPrivateKeyInfo encrypted -> throw encrypted();
                    default -> {} // curve parameters, or a certificate
                }
            } catch (IOException e) {
                throw new Unusable("TLS key " + key + ": " + IoReason.of(e), e);
            }
        }
        throw new Unusable(
                "TLS key " + key + ": it contains no private key (-----BEGIN PRIVATE KEY-----)");
    }

    private Unusable encrypted() {
        return new Unusable(
                "TLS key "
                        + key
                        + ": the key is encrypted, and a service cannot ask for the passphrase;"
                        + " decrypt it (openssl pkey -in KEY -out NEW) and protect the file");
    }

    private static boolean belongTogether(PrivateKey key, PublicKey certified) {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm(); // Ed25519 and similar
                };
        try {
            byte[] text = "shmimTCP".getBytes(US_ASCII);
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(text);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(text);
            return signature.verify(signed);
        } catch (GeneralSecurityException ofDifferentKinds) {
            return false;
        }
    }

    private void warnIfOthersMayReadTheKey() {
        if (SmallFile.isReadByAll(key)) {
            LOG.warn("TLS key {}: every user on this machine can read it; chmod 600 it", key);
        }
    }
}
