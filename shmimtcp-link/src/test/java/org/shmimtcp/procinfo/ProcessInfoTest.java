package org.shmimtcp.procinfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.Await;

class ProcessInfoTest {
    private static final int DEAD = 999_999_999;

    private final Path streams;
    private final Path other;

    ProcessInfoTest(@TempDir Path dir) throws IOException {
        streams = Files.createDirectory(dir.resolve("streams"));
        other = Files.createDirectory(dir.resolve("other"));
    }

    private ProcessInfo info(String which, Map<String, String> environment) {
        return ProcessInfo.of(which, environment, new ImageDirectory(streams)).orElseThrow();
    }

    private void process(int pid, int bytes, String program) throws IOException {
        byte[] file = new byte[bytes];
        byte[] name = program.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, file, ProcessLayout.SOURCE_FUNCTION, name.length);
        Files.write(streams.resolve(ProcessFile.fileName("x" + bytes, pid)), file);
    }

    @Test
    void theDirectoryIsThatOfMilk() {
        assertThat(info("auto", Map.of()).directory()).isEqualTo(streams);
        assertThat(info("auto", Map.of("MILK_PROC_DIR", other.toString())).directory())
                .isEqualTo(other);
        assertThat(info("auto", Map.of("MILK_PROC_DIR", "/no/such")).directory())
                .isEqualTo(streams);
    }

    @ParameterizedTest
    @CsvSource({"4624, PLAIN", "4640, WITH_POINTER", "4880, WITH_LOG_FILE"})
    void aLayoutThatIsChosenIsTaken(String which, ProcessLayout layout) throws IOException {
        process(Processes.ownPid(), layout == ProcessLayout.PLAIN ? 4640 : 4624, "milk");
        assertThat(info(which, Map.of()).layout()).isEqualTo(layout);
    }

    @Test
    void offIsNone() {
        Optional<ProcessInfo> off = ProcessInfo.of("OFF", Map.of(), new ImageDirectory(streams));
        assertThat(off).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "on", "4625", "-1", "99999999999999999999"})
    void anythingElseIsRefused(String which) {
        assertThatThrownBy(() -> info(which, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + which + "': must be auto, off, 4624, 4640 or 4880");
    }

    @Test
    void withoutProcessesItIsThatOfTheReleases() throws IOException {
        Files.write(streams.resolve("proc.x.000001.shm"), new byte[17]);
        Files.write(streams.resolve("proc.x.shm"), new byte[4640]);
        assertThat(info("auto", Map.of()).layout()).isEqualTo(ProcessLayout.PLAIN);
    }

    @Test
    void aLivingProcessOfMilkTells() throws IOException {
        process(Processes.ownPid(), 4640, "processinfo_setup");
        process(DEAD, 4880, "processinfo_setup");
        assertThat(info("auto", Map.of()).layout()).isEqualTo(ProcessLayout.WITH_POINTER);
    }

    @Test
    void aDeadOneTellsMoreThanNone() throws IOException {
        process(DEAD, 4880, "processinfo_setup");
        assertThat(info("auto", Map.of()).layout()).isEqualTo(ProcessLayout.WITH_LOG_FILE);
    }

    /** Of hundreds of ends that start together, one examines the files of all. */
    @Test
    void whatWasFoundHoldsForAMoment() throws IOException {
        ProcessInfo info = info("auto", Map.of());
        assertThat(info.layout()).isEqualTo(ProcessLayout.PLAIN);
        process(DEAD, 4880, "processinfo_setup");
        assertThat(info.layout()).isEqualTo(ProcessLayout.PLAIN);
        Await.until(
                Duration.ofSeconds(20),
                "another look",
                () -> {
                    try {
                        return info.layout() == ProcessLayout.WITH_LOG_FILE;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    /** Otherwise the layout of this program's first process would decide that of all later ones. */
    @Test
    void oursTellNothing() throws IOException {
        process(Processes.ownPid(), 4640, "shmimTCPtransmit");
        assertThat(info("auto", Map.of()).layout()).isEqualTo(ProcessLayout.PLAIN);
    }

    @Test
    void textsEndWithAZero() {
        var field = java.nio.ByteBuffer.allocate(5);
        Arrays.fill(field.array(), (byte) 'z');
        ProcessFile.text(field, "abcdefg");
        assertThat(field.array()).containsExactly('a', 'b', 'c', 'd', 0);
        ProcessFile.text(field, "x");
        assertThat(field.array()).containsExactly('x', 0, 0, 0, 0);
    }
}
