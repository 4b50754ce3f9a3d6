package org.shmimtcp.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
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
                    return pid == 3 ? null : Map.of("1", 1, "70", 2);
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
            assertThat(mappings.uses(Processes.ownPid(), inode)).isEqualTo(1);
        }
    }

    @Test
    void tellsALookFromAUse(@TempDir Path dir) {
        ImageDirectory directory = new ImageDirectory(dir);
        Image.create(directory, ImageSpec.of("cam", DataType.UINT16, Shape.of(7, 5))).close();
        try (Image looked = Image.openToLook(directory, "cam")) {
            long inode = MetadataLayout.inode(looked.head());
            ImageMappings mappings = new ImageMappings();
            assertThat(mappings.uses(Processes.ownPid(), inode)).isZero();
            assertThat(mappings.has(Processes.ownPid(), inode)).isTrue();
            try (Image used = Image.open(directory, "cam")) {
                assertThat(new ImageMappings().uses(Processes.ownPid(), inode)).isEqualTo(1);
                FrameWriter writer = used.newWriter();
                writer.begin();
                writer.commit(0);
                assertThat(looked.cnt0()).as("what others write is seen").isEqualTo(1);
                assertThat(looked.isWritable()).isFalse();
            }
            assertThat(ImageMappings.running()).contains(Processes.ownPid());
        }
    }
}
