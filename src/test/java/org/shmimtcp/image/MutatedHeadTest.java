package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.shmimtcp.testing.ShmDir;

/** Whatever stands in a head: it is an image of exactly its file's length, or it is refused. */
class MutatedHeadTest {
    private static Path path = Path.of("/dev/shm");

    @BeforeContainer
    static void makeDirectory() throws IOException {
        path = ShmDir.InMemory.create();
    }

    @AfterContainer
    static void removeDirectory() throws IOException {
        Files.deleteIfExists(path.resolve("x.im.shm"));
        Files.delete(path);
    }

    @Provide
    Arbitrary<GoldenImage> images() {
        return Arbitraries.of(GoldenImage.all().toList());
    }

    /** Places in the head with new values for their bytes; those that matter more often. */
    @Provide
    Arbitrary<List<Tuple2<Integer, Byte>>> mutations() {
        Arbitrary<Integer> anywhere = Arbitraries.integers().between(0, MetadataLayout.BYTES - 1);
        Arbitrary<Integer> sizes =
                Arbitraries.integers().between(MetadataLayout.NAXIS, MetadataLayout.IMAGETYPE + 7);
        Arbitrary<Integer> counts =
                Arbitraries.integers()
                        .between(MetadataLayout.INODE, MetadataLayout.IMDATAMEMSIZE + 7);
        Arbitrary<Byte> values =
                Arbitraries.frequencyOf(
                        Tuple.of(1, Arbitraries.bytes()),
                        Tuple.of(2, Arbitraries.of((byte) 0, (byte) 1, (byte) 127, (byte) -1)));
        return Arbitraries.oneOf(anywhere, sizes, counts)
                .flatMap(at -> values.map(value -> Tuple.of(at, value)))
                .list()
                .ofMinSize(1)
                .ofMaxSize(12);
    }

    @Property(tries = 3000)
    void opensOrIsRefused(
            @ForAll("images") GoldenImage golden,
            @ForAll("mutations") List<Tuple2<Integer, Byte>> mutations)
            throws IOException {
        byte[] bytes = golden.bytes();
        mutations.forEach(mutation -> bytes[mutation.get1()] = mutation.get2());
        Files.write(path.resolve("x.im.shm"), bytes);
        try (Image image = Image.open(new ImageDirectory(path), "x")) {
            use(image, bytes.length);
        } catch (ImageException refused) {
            assertThat(refused.getMessage()).isNotBlank().doesNotContain("\n");
        }
    }

    /** Everything that believes the head, on memory that has exactly the file's length. */
    private static void use(Image image, int fileBytes) {
        assertThat(image.memory().byteSize()).isEqualTo(fileBytes);
        assertThat(image.pixels().byteSize()).isEqualTo(image.spec().pixelBytes());
        image.keywords().all();
        try (FrameReader reader = image.newReader()) {
            reader.readNewest(reader.newBuffer());
            reader.readNext(reader.newBuffer(), 0, null, 0);
            image.newWriter().publish(0, reader.newBuffer());
        }
        assertThat(image.isWriting()).isFalse();
    }
}
