package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StreamNameConverterTest {
    private static final Set<String> LABELS = Set.of("NAME", "STREAM", "CHANNEL", "PATTERN");

    @TempDir Path dir;

    @Test
    void aStreamMayBeTypedAsItsFileIsNamed() {
        Shell shell = new Shell(dir);
        assertThat(shell.run("shmim", "create", "x.im.shm", "3", "2").exit()).isZero();
        assertThat(shell.run("mk2Dim", "s>y.im.shm", "3", "2").exit()).isZero();
        assertThat(shell.run("mk2Dim", "s>tf32>" + dir + "/z.im.shm", "3", "2").exit()).isZero();
        assertThat(shell.directory.names()).containsExactly("x", "y", "z");
        assertThat(shell.run("shmim", "info", "x.im.shm").out()).contains("3x2 f32");
        assertThat(shell.run("shmim", "info", dir + "/x.im.shm").out()).contains("3x2 f32");
        assertThat(shell.run("shmim", "ls", "--sample", "0", "*.im.shm").out())
                .contains("3 streams");
        assertThat(shell.run("shmim", "rm", "y.im.shm", dir + "/z.im.shm").out())
                .isEqualTo("removed y\nremoved z\n");
    }

    @Test
    void aPathMayLeadToTheDirectoryInAnotherWay() throws IOException {
        Shell shell = new Shell(Files.createDirectory(dir.resolve("streams")));
        shell.run("shmim", "create", "x", "3", "2");
        Path way = Files.createSymbolicLink(dir.resolve("way"), Path.of("streams"));
        assertThat(shell.run("shmim", "info", way + "/x.im.shm").exit()).isZero();
        assertThat(shell.run("shmim", "info", dir + "/streams/../way/x.im.shm").exit()).isZero();
    }

    @Test
    void aFileElsewhereIsRefused() throws IOException {
        Shell shell = new Shell(Files.createDirectory(dir.resolve("streams")));
        Files.createFile(dir.resolve("x.im.shm"));
        var result = shell.run("shmim", "rm", dir + "/x.im.shm");
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.err())
                .contains("is not in " + dir + "/streams", "set MILK_SHM_DIR to use another");
        assertThat(shell.run("shmim", "info", dir + "/gone/x.im.shm").exit()).isEqualTo(2);
        assertThat(dir.resolve("x.im.shm")).exists();
    }

    /** Names that milk refuses are still refused: only the file suffix is removed. */
    @Test
    void nothingElseIsTakenForAName() {
        Shell shell = new Shell(dir);
        for (String bad : new String[] {".im.shm", "../x", dir + "/x", ".x.im.shm"}) {
            assertThat(shell.run("shmim", "create", bad, "3", "2").exit()).as(bad).isNotZero();
        }
        assertThat(shell.directory.names()).isEmpty();
    }

    @Test
    void everyCommandTakesNamesAlike() {
        Context context =
                new Context(() -> new Shell(dir).directory, InputStream.nullInputStream(), false);
        for (CommandLine program : Commands.programs(context).values()) {
            check(program);
            program.getSubcommands().values().forEach(StreamNameConverterTest::check);
        }
    }

    private static void check(CommandLine command) {
        command.getCommandSpec().positionalParameters().stream()
                .filter(argument -> LABELS.contains(argument.paramLabel()))
                .forEach(argument ->
                        assertThat(argument.converters())
                                .as(command.getCommandName() + " " + argument.paramLabel())
                                .hasOnlyElementsOfType(StreamNameConverter.class)
                                .hasSize(1));
    }
}
