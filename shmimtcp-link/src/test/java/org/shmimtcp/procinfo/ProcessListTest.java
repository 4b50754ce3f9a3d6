package org.shmimtcp.procinfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.posix.Processes;

class ProcessListTest {
    private static final int DEAD = 999_999_999;

    private final Path dir;
    private final Path file;

    ProcessListTest(@TempDir Path dir) {
        this.dir = dir;
        this.file = dir.resolve(ProcessList.FILE);
    }

    private void put(long at, int value) throws IOException {
        try (var list = new RandomAccessFile(file.toFile(), "rw")) {
            list.seek(at);
            list.writeInt(Integer.reverseBytes(value));
        }
    }

    private void putName(int slot, String name) throws IOException {
        try (var list = new RandomAccessFile(file.toFile(), "rw")) {
            list.seek(8L * ProcessList.SLOTS + 80L * slot);
            list.writeBytes(name + "\0");
        }
    }

    private void put(int slot, int pid, int active, String name) throws IOException {
        put(4L * slot, pid);
        putName(slot, name);
        put(4L * ProcessList.SLOTS + 4L * slot, active);
    }

    @Test
    void aNewListIsThatOfMilk() throws IOException {
        try (ProcessList list = ProcessList.open(dir)) {
            assertThat(list.slots()).isEqualTo(50_000);
        }
        assertThat(file).hasSize(4_800_000);
        assertThat(Files.getPosixFilePermissions(file))
                .isEqualTo(PosixFilePermissions.fromString("rw-rw-rw-"));
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void theFirstFreeSlotIsTakenAndGivenBack() throws IOException {
        try (ProcessList list = ProcessList.open(dir)) {
            assertThat(list.claim("a", 1)).isZero();
            assertThat(list.claim("b", 2)).isOne();
            assertThat(list.isMine(1, "b")).isTrue();
            assertThat(list.isMine(0, "b")).isFalse();
            assertThat(list.active(0)).isEqualTo(ProcessList.IN_USE);
            assertThat(list.pid(0)).isEqualTo(Processes.ownPid());
            list.release(0);
            assertThat(list.claim("c", 3)).isZero();
            assertThat(list.findMine("b")).isOne();
            assertThat(list.findMine("a")).isEqualTo(-1);
        }
    }

    /** milk's programs first write their PID and name, and mark the slot as in use last. */
    @Test
    void aSlotThatALivingProcessIsAboutToTakeIsLeftAlone() throws IOException {
        ProcessList.open(dir).close();
        put(0, 1, ProcessList.FREE, "of-init");
        put(1, DEAD, ProcessList.FREE, "long-gone");
        try (ProcessList list = ProcessList.open(dir)) {
            assertThat(list.claim("a", 1)).isOne();
        }
    }

    @Test
    void theSlotOfADeadProcessOfThatNameIsTakenOver() throws IOException {
        ProcessList.open(dir).close();
        put(0, DEAD, ProcessList.IN_USE, "other");
        put(1, 1, ProcessList.IN_USE, "a");
        put(2, DEAD, 2, "a");
        try (ProcessList list = ProcessList.open(dir)) {
            assertThat(list.claim("a", 1)).isEqualTo(2);
            assertThat(list.active(2)).isEqualTo(ProcessList.IN_USE);
            assertThat(list.claim("b", 1)).isEqualTo(3);
        }
    }

    @Test
    void aSlotThatWasFreedForWantOfAFileIsInUseAgain() throws IOException {
        try (ProcessList list = ProcessList.open(dir)) {
            int slot = list.claim("a", 1);
            put(4L * ProcessList.SLOTS, ProcessList.FREE);
            list.confirm(slot);
            assertThat(list.active(slot)).isEqualTo(ProcessList.IN_USE);
        }
    }

    @Test
    void theShorterListOfOlderMilkIsUsed() throws IOException {
        Files.write(file, new byte[960_000]);
        try (ProcessList list = ProcessList.open(dir)) {
            assertThat(list.slots()).isEqualTo(10_000);
            assertThat(list.claim("a", 1)).isZero();
            assertThat(list.name(0)).isEqualTo("a");
        }
        assertThat(file).hasSize(960_000);
    }

    @Test
    void aFullListIsAnError() throws IOException {
        Files.write(file, new byte[2 * ProcessList.SLOT_BYTES]);
        try (ProcessList list = ProcessList.open(dir)) {
            list.claim("a", 1);
            list.claim("b", 1);
            assertThatThrownBy(() -> list.claim("c", 1))
                    .isInstanceOf(IOException.class)
                    .hasMessage(file + " is full: all 2 slots are in use");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 95, 4_799_999, 4_800_001})
    void anythingElseIsRefused(int bytes) throws IOException {
        Files.write(file, new byte[bytes]);
        assertThatThrownBy(() -> ProcessList.open(dir))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(
                        file + " has " + bytes + " bytes, unlike any process list of milk");
        assertThat(file).hasSize(bytes);
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path target = Files.write(dir.resolve("target"), new byte[4_800_000]);
        Files.createSymbolicLink(file, target);
        assertThatThrownBy(() -> ProcessList.open(dir))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not a file");
    }

    @Test
    void aListThatIsCutShortIsAnError() throws IOException {
        try (ProcessList list = ProcessList.open(dir)) {
            int slot = list.claim("a", 1);
            Files.write(file, new byte[0]);
            assertThatThrownBy(() -> list.isMine(slot, "a"))
                    .isInstanceOf(IOException.class)
                    .hasMessage(file + " was truncated");
            assertThatThrownBy(() -> list.release(slot)).isInstanceOf(IOException.class);
            assertThat(file).isEmptyFile();
            assertThat(list.isCurrent()).isTrue();
            Files.delete(file);
            assertThat(list.isCurrent()).isFalse();
        }
    }

    @Test
    void manyAtOnceTakeSlotsOfTheirOwn() throws Exception {
        int count = 16;
        List<Future<Integer>> claims = new ArrayList<>();
        try (var pool = Executors.newFixedThreadPool(count)) {
            for (int i = 0; i < count; i++) {
                String name = "x" + i;
                claims.add(
                        pool.submit(() -> {
                            try (ProcessList list = ProcessList.open(dir)) {
                                return list.claim(name, 1);
                            }
                        }));
            }
        }
        Set<Integer> slots = new HashSet<>();
        for (Future<Integer> claim : claims) {
            slots.add(value(claim));
        }
        assertThat(slots).hasSize(count);
    }

    private static int value(Future<Integer> claim) throws InterruptedException {
        try {
            return claim.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
