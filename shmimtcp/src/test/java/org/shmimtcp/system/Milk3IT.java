package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.ImageType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CCompiler;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** Links shmimTCP over milk3 to a C peer written from the description of the format. */
@ExtendWith(ChildProcesses.class)
class Milk3IT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final ImageSpec SPEC = ImageSpec.of("s", DataType.FLOAT, Shape.of(50, 50));
    private static final int FRAMES = 50;

    private final ImageDirectory sources;
    private final ImageDirectory copies;

    Milk3IT(@ShmDir Path dir) throws IOException {
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
    }

    private static ChildProcess peer(String... arguments) {
        List<String> command = new java.util.ArrayList<>();
        command.add(CCompiler.compile("milk3peer").toString());
        command.addAll(List.of(arguments));
        return ChildProcess.start(Map.of(), command);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7})
    void cTransmitsToOurs(int keywords) {
        CCompiler.assume();
        int port = Programs.freePort();
        ChildProcess rx = new Programs(copies.path()).receive(port);
        ImageSpec spec = SPEC.withKeywords(keywords);
        try (Image source = Image.create(sources, spec);
                Image copy = Image.create(copies, spec)) {
            peer("tx", sources.file("s").toString(), Integer.toString(port))
                    .awaitOutput("connected", DEADLINE);
            NumberedFrames.lockStep(source, copy, 1, FRAMES);
            assertThat(copy.cnt0()).isEqualTo(FRAMES);
            assertThat(copy.isReplaced()).isFalse();
            rx.awaitOutput("(C programs' byte stream, milk3)", DEADLINE);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 7", "1, 0", "4, 2"})
    void oursTransmitsToC(int slices, int keywords) {
        CCompiler.assume();
        int port = Programs.freePort();
        ChildProcess rx = peer("rx", Integer.toString(port)).awaitOutput("listening", DEADLINE);
        ImageSpec spec =
                slices == 1
                        ? SPEC
                        : ImageSpec.of("s", DataType.FLOAT, Shape.of(50, 50, slices))
                                .withImageType(ImageType.CIRCULAR | ImageType.AXIS_TEMPORAL);
        try (Image source = Image.create(sources, spec.withKeywords(keywords))) {
            ChildProcess tx = new Programs(sources.path()).transmit("s", port, "--wire", "milk3");
            tx.awaitOutput("connected (milk3)", DEADLINE);
            FrameWriter writer = source.newWriter();
            for (int i = 1; i <= FRAMES; i++) {
                byte[] pixels = new byte[10_000];
                Arrays.fill(pixels, (byte) i);
                int slice = i % slices;
                writer.publish(slice, MemorySegment.ofArray(pixels));
                String line =
                        "frame name=s cnt0=%d head=%d slice=%d slots=%d bytes=10000 sum=%d\n"
                                .formatted(i, i, slice, keywords, 10_000L * i);
                Await.until(DEADLINE, line + rx.report(), () -> rx.output().endsWith(line));
            }
            tx.terminate();
            tx.awaitExit(DEADLINE);
            rx.awaitSuccess(DEADLINE);
        }
    }
}
