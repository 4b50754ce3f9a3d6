package org.shmimtcp.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.shmimtcp.create.ImageNameFuzz;
import org.shmimtcp.image.ImageFileFuzz;
import org.shmimtcp.testing.Certificates;
import org.shmimtcp.testing.Project;
import org.shmimtcp.transport.PemFiles;
import org.shmimtcp.transport.PemFuzz;
import org.shmimtcp.wire.CatalogueFuzz;
import org.shmimtcp.wire.Message;
import org.shmimtcp.wire.MilkzmqFuzz;
import org.shmimtcp.wire.WireFuzz;

/** Decoders, and good inputs of each. */
enum Target {
    MILK(WireFuzz.Milk.class),
    MESSAGES(WireFuzz.Messages.class),
    FRAMES(WireFuzz.Frames.class),
    PACKED(WireFuzz.Packed.class),
    CATALOGUE(CatalogueFuzz.class),
    MILKZMQ(MilkzmqFuzz.Frames.class),
    REQUESTS(MilkzmqFuzz.Requests.class),
    IMAGE_FILE(ImageFileFuzz.class),
    PEM(PemFuzz.class),
    IMAGE_NAME(ImageNameFuzz.class);

    private static final Path GOLDEN = Project.ROOT.resolve("shmim/src/test/resources/golden");
    private static final Path RESOURCES = Project.ROOT.resolve("shmimtcp/src/test/resources");

    private final Class<?> type;

    Target(Class<?> type) {
        this.type = type;
    }

    Class<?> type() {
        return type;
    }

    /** Decodes an input; throws nothing if the decoder holds. */
    void take(byte[] input) throws IOException {
        switch (this) {
            case MILK -> WireFuzz.Milk.fuzzerTestOneInput(input);
            case MESSAGES -> WireFuzz.Messages.fuzzerTestOneInput(input);
            case FRAMES -> WireFuzz.Frames.fuzzerTestOneInput(input);
            case PACKED -> WireFuzz.Packed.fuzzerTestOneInput(input);
            case CATALOGUE -> CatalogueFuzz.fuzzerTestOneInput(input);
            case MILKZMQ -> MilkzmqFuzz.Frames.fuzzerTestOneInput(input);
            case REQUESTS -> MilkzmqFuzz.Requests.fuzzerTestOneInput(input);
            case IMAGE_FILE -> ImageFileFuzz.fuzzerTestOneInput(input);
            case PEM -> PemFuzz.fuzzerTestOneInput(input);
            case IMAGE_NAME -> ImageNameFuzz.fuzzerTestOneInput(input);
        }
    }

    /** Inputs that broke it once. */
    List<byte[]> findings() {
        Path directory = RESOURCES.resolve("fuzz").resolve(name());
        return Files.isDirectory(directory) ? files(directory, "") : List.of();
    }

    /**
     * Good inputs.
     *
     * @param directory for what has to be made
     */
    List<byte[]> seeds(Path directory) {
        return switch (this) {
            case MILK -> files(GOLDEN.resolve("wire"), ".bin");
            case MESSAGES -> messages();
            case FRAMES -> WireFuzz.Frames.seeds();
            case PACKED -> WireFuzz.Packed.seeds();
            case CATALOGUE -> CatalogueFuzz.seeds();
            case MILKZMQ -> MilkzmqFuzz.Frames.seeds();
            case REQUESTS ->
                    Stream.of("camwfs", "dm01disp03", "../cam", "a/b")
                            .map(text -> text.getBytes(StandardCharsets.UTF_8))
                            .toList();
            case IMAGE_FILE -> files(GOLDEN.resolve("shm"), ".im.shm");
            case PEM -> pem(directory);
            case IMAGE_NAME ->
                    Stream.of("s>tf32>k20>c5>dm01disp03", "@S:tui16>x", "@L:k7:name", "acc000")
                            .map(text -> text.getBytes(StandardCharsets.UTF_8))
                            .toList();
        };
    }

    private static List<byte[]> messages() {
        var memory = java.lang.foreign.MemorySegment.ofArray(new long[Message.MAX_SMALL_BYTES / 8]);
        List<byte[]> all = new ArrayList<>();
        all.add(bytes(memory, Message.welcome(memory, 1, 0, -1, "rtc")));
        all.add(bytes(memory, Message.text(memory, Message.REFUSED, "the port is in use")));
        all.add(bytes(memory, Message.text(memory, Message.HELLO, "rtc 123")));
        all.add(bytes(memory, Message.ping(memory, 1)));
        all.add(bytes(memory, Message.pong(memory, 1, 2, 3)));
        all.add(bytes(memory, Message.again(memory)));
        return all;
    }

    private static byte[] bytes(java.lang.foreign.MemorySegment memory, long count) {
        return memory.asSlice(0, count).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    private static List<byte[]> pem(Path directory) {
        PemFiles own = new Certificates(directory, "ca").issue("own");
        byte[] certificate = read(own.certificate());
        byte[] key = read(own.key());
        byte[] both = new byte[certificate.length + key.length];
        System.arraycopy(certificate, 0, both, 0, certificate.length);
        System.arraycopy(key, 0, both, certificate.length, key.length);
        return List.of(certificate, key, both);
    }

    private static List<byte[]> files(Path directory, String suffix) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix))
                    .sorted()
                    .map(Target::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
