package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ShmDir;

@ExtendWith(ChildProcesses.class)
class ImageDirectoryTest {
    private static final ImageSpec SPEC = ImageSpec.of("target", DataType.FLOAT, Shape.of(7, 5));

    private final Path path;
    private final ImageDirectory directory;
    private String warnings = "";

    ImageDirectoryTest(@ShmDir Path path) {
        this.path = path;
        this.directory = new ImageDirectory(path);
    }

    private Path resolve(Map<String, String> environment, Path... fallbacks) {
        return listening(() -> ImageDirectory.resolve(environment, List.of(fallbacks)).path());
    }

    private <T> T listening(Supplier<T> action) {
        PrintStream before = System.err;
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        System.setErr(new PrintStream(heard, true, StandardCharsets.UTF_8));
        try {
            return action.get();
        } finally {
            System.setErr(before);
            warnings = heard.toString(StandardCharsets.UTF_8);
        }
    }

    @Test
    void theVariableComesFirst() throws IOException {
        Path wanted = Files.createDirectory(path.resolve("wanted"));
        assertThat(resolve(Map.of("MILK_SHM_DIR", wanted.toString()), path)).isEqualTo(wanted);
        assertThat(warnings).isEmpty();
    }

    @Test
    void aVariableThatLeadsNowhereIsWarnedOf() throws IOException {
        Path file = Files.createFile(path.resolve("file"));
        for (Path wrong : List.of(path.resolve("nowhere"), file)) {
            assertThat(resolve(Map.of("MILK_SHM_DIR", wrong.toString()), path)).isEqualTo(path);
            assertThat(warnings)
                    .contains(
                            "$MILK_SHM_DIR is "
                                    + wrong
                                    + ", which is not a directory: using "
                                    + path)
                    .hasLineCount(1);
        }
    }

    @Test
    void otherwiseTheFirstThatExists() {
        Path nowhere = path.resolve("nowhere");
        for (Map<String, String> none :
                List.of(Map.<String, String>of(), Map.of("MILK_SHM_DIR", ""))) {
            assertThat(resolve(none, nowhere, path)).isEqualTo(path);
            assertThat(resolve(none, path, nowhere)).isEqualTo(path);
            assertThat(resolve(none, nowhere, path.resolve("last")))
                    .isEqualTo(path.resolve("last"));
            assertThat(warnings).isEmpty();
        }
    }

    @Test
    void namesAreSortedAndOfImagesOnly() throws IOException {
        for (String file :
                List.of("b.im.shm", "a.im.shm", ".c.im.shm", "d.im", ".e.im.shm.1.tmp", "f")) {
            Files.createFile(path.resolve(file));
        }
        Files.createSymbolicLink(path.resolve("z.im.shm"), path.resolve("gone"));
        assertThat(directory.names()).containsExactly("a", "b", "z");
        assertThat(directory.has("a")).isTrue();
        assertThat(directory.has("d")).isFalse();
        assertThat(directory.has("z")).isFalse();
    }

    @Test
    void anAliasHasItsOwnNameAndTheTargetsMemory() throws IOException {
        Files.createSymbolicLink(path.resolve("alias.im.shm"), Path.of("target.im.shm"));
        try (Image target = Image.create(directory, SPEC);
                Image alias = Image.open(directory, "alias")) {
            assertThat(alias.name()).isEqualTo("alias");
            assertThat(alias.spec().name()).isEqualTo("target");
            assertThat(MetadataLayout.name(alias.head())).isEqualTo("target");
            target.newWriter().publish(0, target.pixels());
            assertThat(alias.cnt0()).isEqualTo(1);
        }
    }

    @Test
    void anAliasNoticesThatItsTargetWasReplaced() throws IOException {
        Files.createSymbolicLink(path.resolve("alias.im.shm"), Path.of("target.im.shm"));
        Image.create(directory, SPEC).close();
        try (Image alias = Image.open(directory, "alias")) {
            Image.replace(directory, SPEC).close();
            Await.until(Duration.ofSeconds(10), "the alias to notice", alias::isReplaced);
        }
    }

    @Test
    void aNameOf79BytesIsMadeFoundAndRemoved() {
        String name = "n".repeat(79);
        Image.create(directory, SPEC.withName(name)).close();
        try (Image image = Image.open(directory, name)) {
            assertThat(MetadataLayout.name(image.head())).isEqualTo(name);
        }
        directory.remove(name);
        assertThat(directory.names()).isEmpty();
    }

    @Test
    void removingAnAliasLeavesTheTarget() throws IOException {
        Files.createSymbolicLink(path.resolve("alias.im.shm"), Path.of("target.im.shm"));
        Image.create(directory, SPEC).close();
        directory.remove("alias");
        assertThat(directory.names()).containsExactly("target");
    }

    @Test
    void removingWhatIsNotThereSaysSo() throws IOException {
        assertThatThrownBy(() -> directory.remove("x")).isInstanceOf(ImageException.Missing.class);
        Files.createDirectories(path.resolve("x.im.shm/full"));
        assertThatThrownBy(() -> directory.remove("x"))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("stream 'x' in " + path + " cannot be removed");
    }

    /** A JVM under LC_ALL=C cannot encode such a name. */
    @Test
    void aNameThatTheLocaleCannotWriteIsRefusedWithAMessage() {
        List<String> command = ChildProcess.javaCommand(List.of(), Asker.class, path.toString());
        String said =
                ChildProcess.start(Map.of("LC_ALL", "C"), command)
                        .awaitSuccess(Duration.ofSeconds(30));
        assertThat(said)
                .isEqualTo(
                        "stream name 'd?' cannot be a file name in this locale: set"
                                + " LC_ALL=C.UTF-8\n");
    }

    /** Asks for a stream with an umlaut in its name. */
    static final class Asker {
        private Asker() {}

        public static void main(String[] args) {
            try {
                Image.open(new ImageDirectory(Path.of(args[0])), "d\u00fc").close();
            } catch (ImageException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void anAliasInsideIsFineAndOneThatLeavesIsNot(@ShmDir Path elsewhere) throws IOException {
        Image.create(directory, SPEC).close();
        Image.create(new ImageDirectory(elsewhere), SPEC).close();
        Files.createSymbolicLink(path.resolve("in.im.shm"), Path.of("target.im.shm"));
        Files.createSymbolicLink(path.resolve("in2.im.shm"), path.resolve("in.im.shm"));
        Files.createSymbolicLink(path.resolve("out.im.shm"), elsewhere.resolve("target.im.shm"));
        Files.createSymbolicLink(path.resolve("out2.im.shm"), path.resolve("out.im.shm"));
        Files.createSymbolicLink(path.resolve("loop.im.shm"), Path.of("loop.im.shm"));
        for (String inside : List.of("target", "in", "in2", "missing")) {
            directory.checkInside(inside);
        }
        for (String outside : List.of("out", "out2")) {
            assertThatThrownBy(() -> directory.checkInside(outside))
                    .isInstanceOf(ImageException.class)
                    .hasMessageContaining("leads out of that directory")
                    .hasMessageNotContaining(elsewhere.toString());
        }
        assertThatThrownBy(() -> directory.checkInside("loop"))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("cannot be followed");
    }

    /** The directory itself may be reached by a link, as /milk/shm often is. */
    @Test
    void aDirectoryThatIsALinkIsNoWayOut(@ShmDir Path elsewhere) throws IOException {
        Image.create(directory, SPEC).close();
        Files.createSymbolicLink(path.resolve("in.im.shm"), Path.of("target.im.shm"));
        Path link = Files.createSymbolicLink(elsewhere.resolve("link"), path);
        new ImageDirectory(link).checkInside("in");
    }
}
