package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmimtcp.testing.ShmDir;

/** Whatever a head contains: the image has exactly its file's length, or it is refused. */
class MutatedHeadTest {
    private static final int MUTANTS = 30;
    private static final int MOST_CHANGES = 12;
    private static final byte[] EXTREMES = {0, 1, 127, -1};

    private final Path path;

    MutatedHeadTest(@ShmDir Path path) {
        this.path = path;
    }

    @ParameterizedTest
    @MethodSource("org.shmimtcp.testing.Seeds#hundred")
    void opensOrIsRefused(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<GoldenImage> images = GoldenImage.all().toList();
        for (int i = 0; i < MUTANTS; i++) {
            byte[] bytes = images.get(random.nextInt(images.size())).bytes();
            for (int n = random.nextInt(MOST_CHANGES); n >= 0; n--) {
                bytes[place(random)] = value(random);
            }
            Files.write(path.resolve("x.im.shm"), bytes);
            try (Image image = Image.open(new ImageDirectory(path), "x")) {
                ImageFileFuzz.use(image, bytes.length);
            } catch (ImageException refused) {
                assertThat(refused.getMessage()).isNotBlank().doesNotContain("\n");
            }
        }
    }

    /** Chooses a byte; those that affect the layout are more likely. */
    private static int place(SplittableRandom random) {
        return switch (random.nextInt(3)) {
            case 0 -> random.nextInt(MetadataLayout.BYTES);
            case 1 -> random.nextInt(MetadataLayout.NAXIS, MetadataLayout.IMAGETYPE + 8);
            default -> random.nextInt(MetadataLayout.INODE, MetadataLayout.IMDATAMEMSIZE + 8);
        };
    }

    private static byte value(SplittableRandom random) {
        return random.nextInt(3) == 0
                ? (byte) random.nextInt()
                : EXTREMES[random.nextInt(EXTREMES.length)];
    }
}
