package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.CCompiler;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.ProcessPeer;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SteadySource;
import org.shmimtcp.testing.TwoHostSite;

/** Our link ends as a C program sees and controls them that does what milk-procCTRL does. */
@ExtendWith(ChildProcesses.class)
class ProcessInfoIT {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** A frame may be on its way when somebody says pause. */
    private static final Duration PAUSED_BY = Duration.ofMillis(150);

    private static final ImageSpec SPEC =
            ImageSpec.of("dm01disp03", DataType.FLOAT, Shape.of(50, 50));
    private static final String TRANSMITTER = "ntw-tx-dm01disp03";
    private static final int RUN = 0;
    private static final int PAUSE = 1;
    private static final int STEP = 2;
    private static final int EXIT = 3;

    private final int port = Programs.freePort();
    private final String receiverName = "ntw-receive-" + port;
    private final Path processes;
    private final ImageDirectory sources;
    private final ImageDirectory copies;
    private final ProcessPeer peer;

    ProcessInfoIT(@ShmDir Path dir) throws IOException {
        processes = Files.createDirectory(dir.resolve("processes"));
        sources = new ImageDirectory(Files.createDirectory(dir.resolve("sources")));
        copies = new ImageDirectory(Files.createDirectory(dir.resolve("copies")));
        peer = new ProcessPeer(processes);
    }

    @BeforeEach
    void needsC() {
        CCompiler.assume();
    }

    private Programs programs(ImageDirectory streams) {
        return new Programs(streams.path(), Map.of("MILK_PROC_DIR", processes.toString()));
    }

    private List<String> files() {
        try (Stream<Path> all = Files.list(processes)) {
            return all.map(f -> f.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void bothEndsAreShown() {
        try (Image source = Image.create(sources, SPEC);
                SteadySource frames = new SteadySource(source)) {
            ChildProcess rx = programs(copies).receive(port, "-p", "0");
            ChildProcess tx = programs(sources).transmit(SPEC.name(), port, "-p", "0");
            Await.until(DEADLINE, "both in the list", () -> files().size() == 3);
            peer.awaitShown(TRANSMITTER);
            peer.awaitShown(receiverName);
            Await.until(
                    DEADLINE,
                    "both active, and counting: " + peer.show(TRANSMITTER),
                    () -> isActive(TRANSMITTER) && isActive(receiverName));
            assertThat(peer.slots())
                    .extracting(ProcessPeer.Slot::name, ProcessPeer.Slot::pid)
                    .containsExactlyInAnyOrder(
                            org.assertj.core.groups.Tuple.tuple(receiverName, (int) rx.pid()),
                            org.assertj.core.groups.Tuple.tuple(TRANSMITTER, (int) tx.pid()));

            Map<String, String> told = peer.show(TRANSMITTER);
            assertThat(told)
                    .containsEntry("bytes", "4624")
                    .containsEntry("name", TRANSMITTER)
                    .containsEntry("program", "shmimTCPtransmit")
                    .containsEntry("pid", "" + tx.pid())
                    .containsEntry("loopcntMax", "-1")
                    .containsEntry("CTRLval", "0")
                    .containsEntry("stream", SPEC.name())
                    .containsEntry("priority", "-1")
                    .containsEntry("measure", "1")
                    .containsEntry("ascending", "1")
                    .containsEntry("description", SPEC.name() + " to 127.0.0.1:" + port);
            assertThat(told.get("statusmsg"))
                    .matches(
                            "connected [0-9.]+/s skipped \\d+ 127.0.0.1:" + port + " \\(native\\)");
            // 200 frames a second, on a machine that may be busy.
            assertThat(Long.parseLong(told.get("iter_ns"))).isBetween(4_000_000L, 100_000_000L);
            assertThat(Long.parseLong(told.get("exec_ns"))).isBetween(1L, 100_000_000L);
            assertThat(told).containsEntry("last_exec_ns", told.get("exec_ns"));
            assertThat(frames).isNotNull();

            tx.terminate();
            rx.terminate();
            tx.awaitExit(DEADLINE);
            rx.awaitExit(DEADLINE);
            assertThat(files()).containsExactly("processinfo.list.shm");
            assertThat(peer.slots()).isEmpty();
        }
    }

    private boolean isActive(String name) {
        Map<String, String> told = peer.show(name);
        return "1".equals(told.get("loopstat"))
                && Long.parseLong(told.get("loopcnt")) > 100
                && Long.parseLong(told.get("exec_ns")) > 0;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneIsPausedSteppedAndEnded(boolean transmitter) throws IOException {
        String name = transmitter ? TRANSMITTER : receiverName;
        try (Image source = Image.create(sources, SPEC);
                SteadySource frames = new SteadySource(source)) {
            ChildProcess rx = programs(copies).receive(port);
            ChildProcess tx = programs(sources).transmit(SPEC.name(), port);
            ChildProcess told = transmitter ? tx : rx;
            try (Image copy = ForeignImage.awaitOpen(copies, SPEC.name())) {
                Await.until(DEADLINE, "frames", () -> copy.cnt0() > 20);
                peer.awaitShown(name);

                peer.control(name, PAUSE);
                told.awaitOutput("paused by milk-procCTRL", DEADLINE);
                Await.time(PAUSED_BY);
                long held = copy.cnt0();
                Await.time(Duration.ofMillis(500));
                assertThat(copy.cnt0()).as(told.report()).isEqualTo(held);
                Await.until(
                        DEADLINE, "its state", () -> "2".equals(peer.show(name).get("loopstat")));
                awaitState(transmitter, "paused");

                for (int i = 1; i <= 3; i++) {
                    peer.control(name, STEP);
                    long wanted = held + i;
                    Await.until(DEADLINE, "a step", () -> copy.cnt0() == wanted);
                    Await.time(PAUSED_BY);
                    assertThat(copy.cnt0()).as("one frame only").isEqualTo(wanted);
                    assertThat(peer.control(name)).isEqualTo(PAUSE);
                }

                peer.control(name, RUN);
                Await.until(DEADLINE, "frames again", () -> copy.cnt0() > held + 20);
                told.awaitOutput("resumed by milk-procCTRL", DEADLINE);
                awaitState(transmitter, "connected");
                assertThat(rx.errors()).doesNotContain("ended after");
                assertThat(tx.errors()).doesNotContain("lost (");

                peer.control(name, EXIT);
                assertThat(told.awaitExit(DEADLINE)).as(told.report()).isZero();
                assertThat(told.errors()).contains("ended by milk-procCTRL");
                assertThat(peer.slots()).extracting(ProcessPeer.Slot::name).doesNotContain(name);
                assertThat(frames).isNotNull();
            }
        }
    }

    private void awaitState(boolean transmitter, String state) throws IOException {
        ImageDirectory streams = transmitter ? sources : copies;
        Await.until(
                DEADLINE,
                "'" + state + "' in shmim status",
                () ->
                        programs(streams)
                                .start("shmim", "status", "--json")
                                .awaitOutput("]", DEADLINE)
                                .output()
                                .contains("\"" + state + "\""));
    }

    /** milk-procCTRL shows it as crashed until somebody presses R, or it is started again. */
    @Test
    void oneThatWasKilledIsReplacedByTheNextOfItsName() {
        ChildProcess killed = programs(copies).receive(port);
        peer.awaitShown(receiverName);
        ProcessPeer.Slot before = peer.slots().getFirst();
        killed.kill9();
        assertThat(peer.slots()).containsExactly(before);
        String left = "proc." + receiverName + "." + "%06d".formatted(killed.pid()) + ".shm";
        assertThat(files()).contains(left);

        ChildProcess next = programs(copies).receive(port);
        Await.until(
                DEADLINE,
                "the next one in its slot",
                () ->
                        peer.slots()
                                .equals(
                                        List.of(
                                                new ProcessPeer.Slot(
                                                        before.index(),
                                                        (int) next.pid(),
                                                        1,
                                                        receiverName))));
        Await.until(
                DEADLINE,
                "the file of the killed one gone",
                () -> files().size() == 2 && !files().contains(left));
    }

    @ParameterizedTest
    @CsvSource({"4640, 4640", "4880, 4880", "auto, 4624"})
    void theLayoutMayBeChosen(String which, String bytes) {
        programs(copies).receive(port, "--procinfo", which);
        peer.awaitShown(receiverName);
        assertThat(peer.show(receiverName))
                .containsEntry("bytes", bytes)
                .containsEntry("description", "receives on port " + port)
                .containsEntry("statusmsg", "waiting")
                .containsEntry("loopstat", "0");
    }

    @Test
    void offIsOffAndAnythingElseASlip() {
        programs(copies).receive(port, "--procinfo", "off");
        ChildProcess slip =
                programs(copies).start("shmimTCPreceive", "--procinfo", "4625", "" + port);
        assertThat(slip.awaitExit(DEADLINE)).isEqualTo(2);
        assertThat(slip.errors()).contains("'--procinfo': expected one of auto, 4624,");
        assertThat(files()).isEmpty();
    }

    /** Nothing in the way of procCTRL is in the way of frames. */
    @ParameterizedTest
    @ValueSource(strings = {"damaged", "full", "unwritable"})
    void aListThatCannotBeUsedStopsNoLink(String how) throws IOException {
        Path list = processes.resolve("processinfo.list.shm");
        String directory = processes.toString();
        switch (how) {
            case "damaged" -> Files.write(list, new byte[1000]);
            case "full" -> {
                byte[] full = new byte[96];
                full[4] = 1;
                Files.write(list, full);
            }
            default -> directory = "/proc"; // where not even root may make a file
        }
        Map<String, String> environment = Map.of("MILK_PROC_DIR", directory);
        try (Image source = Image.create(sources, SPEC);
                SteadySource frames = new SteadySource(source)) {
            ChildProcess rx = new Programs(copies.path(), environment).receive(port);
            new Programs(sources.path(), environment).transmit(SPEC.name(), port);
            rx.awaitOutput("milk-procCTRL does not show port " + port, DEADLINE);
            try (Image copy = ForeignImage.awaitOpen(copies, SPEC.name())) {
                Await.until(DEADLINE, "frames", () -> copy.cnt0() > 100);
            }
            rx.terminate();
            rx.awaitExit(DEADLINE);
            assertThat(rx.errors().lines().filter(l -> l.contains(" WARN ") && l.contains("milk")))
                    .as(rx.report())
                    .hasSize(1);
            assertThat(frames).isNotNull();
        }
        assertThat(files()).allMatch(f -> f.equals("processinfo.list.shm"));
    }

    @Test
    void manyThatStartAtOnceWithOnesOfMilkAllFindASlot() {
        int count = 4;
        int ofMilk = 50;
        List<ChildProcess> ours = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < count; i++) {
            int free = Programs.freePort();
            names.add("ntw-receive-" + free);
            ours.add(programs(copies).start("shmimTCPreceive", "" + free));
        }
        ChildProcess milk = peer.start("take", "" + ofMilk);
        milk.awaitOutput("taken", DEADLINE);
        Await.until(
                DEADLINE,
                "all of ours in slots of their own",
                () -> {
                    List<String> there =
                            peer.slots().stream()
                                    .filter(s -> s.active() == 1)
                                    .map(ProcessPeer.Slot::name)
                                    .filter(n -> n.startsWith("ntw-"))
                                    .toList();
                    return there.size() == count && new HashSet<>(there).equals(names);
                });
        assertThat(ours).allMatch(ChildProcess::isAlive);
        assertThat(peer.slots())
                .filteredOn(s -> s.name().startsWith("c-"))
                .as("slots of milk's that ours left alone")
                .hasSizeGreaterThan(ofMilk / 2);
    }

    /** Somebody removed the list, as one does after an update of milk. */
    @Test
    void anEndFindsItsWayIntoANewList() throws IOException {
        programs(copies).receive(port);
        peer.awaitShown(receiverName);
        Files.delete(processes.resolve("processinfo.list.shm"));
        peer.slot(0, (int) ProcessHandle.current().pid(), 1, "of-milk");
        peer.awaitShown(receiverName);
        assertThat(peer.slots()).hasSize(2);
    }

    @Test
    void eachEndOfServeIsControlledByItself() throws IOException {
        int other = Programs.freePort();
        Path config = processes.resolveSibling("site.toml");
        Files.writeString(
                config, new TwoHostSite().with("one", port).with("two", other).toString());
        try (Image one = Image.create(sources, SPEC.withName("one"));
                Image two = Image.create(sources, SPEC.withName("two"));
                SteadySource ones = new SteadySource(one);
                SteadySource twos = new SteadySource(two)) {
            serve(copies, "B", config);
            ChildProcess tx = serve(sources, "A", config);
            try (Image copyOfOne = ForeignImage.awaitOpen(copies, "one");
                    Image copyOfTwo = ForeignImage.awaitOpen(copies, "two")) {
                for (String name :
                        List.of(
                                "ntw-tx-one",
                                "ntw-tx-two",
                                "ntw-receive-" + port,
                                "ntw-receive-" + other)) {
                    peer.awaitShown(name);
                }
                Await.until(DEADLINE, "frames", () -> copyOfOne.cnt0() > 20);
                peer.control("ntw-tx-one", PAUSE);
                tx.awaitOutput("paused by milk-procCTRL", DEADLINE);
                Await.time(PAUSED_BY);
                long heldOne = copyOfOne.cnt0();
                long two0 = copyOfTwo.cnt0();
                Await.until(DEADLINE, "the other goes on", () -> copyOfTwo.cnt0() > two0 + 50);
                assertThat(copyOfOne.cnt0()).as(tx.report()).isEqualTo(heldOne);

                peer.control("ntw-tx-one", EXIT);
                Await.until(
                        DEADLINE,
                        "it is gone from the list",
                        () -> peer.slots().stream().noneMatch(s -> s.name().equals("ntw-tx-one")));
                assertThat(peer.slots()).hasSize(3);
                long two1 = copyOfTwo.cnt0();
                Await.until(DEADLINE, "the other still goes on", () -> copyOfTwo.cnt0() > two1);
                assertThat(tx.isAlive()).isTrue();
                assertThat(List.of(ones, twos)).hasSize(2);
            }
        }
    }

    private ChildProcess serve(ImageDirectory streams, String role, Path config) {
        Map<String, String> environment =
                Map.of(
                        "MILK_PROC_DIR",
                        processes.toString(),
                        "MAGAOX_ROLE",
                        role,
                        "SHMIMTCP_CONFIG",
                        config.toString());
        return new Programs(streams.path(), environment).start("shmim", "serve");
    }
}
