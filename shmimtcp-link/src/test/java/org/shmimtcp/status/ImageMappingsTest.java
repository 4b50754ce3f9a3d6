package org.shmimtcp.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.Processes;

class ImageMappingsTest {
    @Test
    void asksEachProcessOnceHoweverManyStreamsNameIt() {
        List<Integer> asked = new ArrayList<>();
        ImageMappings mappings =
                new ImageMappings(pid -> {
                    asked.add(pid);
                    return pid == 3 ? null : Set.of("1", "70");
                });
        for (int stream = 0; stream < 100; stream++) {
            assertThat(mappings.mayHave(1, stream)).isEqualTo(stream == 1 || stream == 70);
            assertThat(mappings.mayHave(2, 7)).isFalse();
            assertThat(mappings.mayHave(3, stream)).as("hidden").isTrue();
        }
        assertThat(asked).containsExactly(1, 2, 3);
    }

    @Test
    void tellsWhatThisProcessHasMapped(@TempDir Path dir) {
        ImageSpec spec = ImageSpec.of("cam", DataType.UINT16, Shape.of(7, 5));
        try (Image image = Image.create(new ImageDirectory(dir), spec)) {
            long inode = MetadataLayout.inode(image.head());
            ImageMappings mappings = new ImageMappings();
            assertThat(mappings.mayHave(Processes.ownPid(), inode)).isTrue();
            assertThat(mappings.mayHave(Processes.ownPid(), inode + 1)).isFalse();
        }
    }
}
