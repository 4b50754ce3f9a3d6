package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.testing.ShmDir;

class FactsTest {
    /** Runs the script itself on this machine, in a login shell that prints a greeting. */
    @Test
    void findsOutWhatThereIs(@ShmDir Path dir) throws Exception {
        ImageDirectory streams = new ImageDirectory(dir);
        ImageSpec spec = ImageSpec.of("dm01disp03", DataType.FLOAT, Shape.of(50, 300));
        Files.writeString(dir.resolve("broken.im.shm"), "none");
        try (Image image = Image.create(streams, spec);
                var port = new java.net.ServerSocket(0)) {
            image.newWriter()
                    .publish(0, java.lang.foreign.MemorySegment.ofArray(new float[15_000]));
            Machine.Output output =
                    Shell.run(
                            List.of("bash", "-s"),
                            Map.of("MILK_SHM_DIR", dir.toString()),
                            "echo pane of glass; echo status of things; echo stream; echo time flies\n"
                                    + Facts.script(
                                            List.of("dm01disp03", "broken", "missing"),
                                            List.of("localhost", "no-such.invalid")),
                            Duration.ofSeconds(30),
                            "here");
            Facts facts = Facts.parse(output.text(), "here");
            Facts.Stream stream = facts.streams().get("dm01disp03");
            if (stream == null) {
                throw new AssertionError(output.text());
            }
            assertThat(stream.describe()).isEqualTo("50x300 f32");
            assertThat(stream.cnt0()).isEqualTo(1);
            assertThat(stream.inode())
                    .isEqualTo(Files.getAttribute(streams.file("dm01disp03"), "unix:ino"));
            assertThat(facts.streams()).containsOnlyKeys("dm01disp03", "broken");
            assertThat(facts.ports()).contains(port.getLocalPort());
            assertThat(facts.addresses().get("localhost"))
                    .contains(java.net.InetAddress.ofLiteral("127.0.0.1"));
            assertThat(facts.addresses().get("no-such.invalid")).isEmpty();
            assertThat(facts.timeMs() - System.currentTimeMillis()).isBetween(-20_000L, 1000L);
        }
    }

    /** Streams are judged as a receiver does. */
    @Test
    void judgesStreams(@ShmDir Path dir) throws Exception {
        ImageDirectory streams = new ImageDirectory(dir);
        List<String> names = List.of("good", "newer", "unfinished", "short", "empty", "dao");
        for (String name : names) {
            Image.create(streams, ImageSpec.of(name, DataType.FLOAT, Shape.of(3, 2))).close();
            try (var file = new java.io.RandomAccessFile(streams.file(name).toFile(), "rw")) {
                switch (name) {
                    case "newer" -> file.writeBytes("2.01");
                    case "unfinished" -> file.write(new byte[4]);
                    case "short" -> file.setLength(file.length() - 1);
                    case "empty" -> file.setLength(0);
                    case "dao" -> file.setLength(file.length() + 4112);
                    default -> {}
                }
            }
        }
        Machine.Output output =
                Shell.run(
                        List.of("bash", "-s"),
                        Map.of("MILK_SHM_DIR", dir.toString()),
                        Facts.script(names, List.of()),
                        Duration.ofSeconds(30),
                        "here");
        Map<String, String> kinds = new java.util.TreeMap<>();
        Facts.parse(output.text(), "here")
                .streams()
                .forEach((name, stream) ->
                        kinds.put(
                                name,
                                stream.fault() == null
                                        ? stream.describe()
                                        : stream.fault().kind().toString()));
        assertThat(kinds)
                .isEqualTo(
                        Map.of(
                                "good", "3x2 f32",
                                "newer", "FOREIGN",
                                "unfinished", "UNFINISHED",
                                "short", "DAMAGED",
                                "empty", "EMPTY",
                                "dao", "FOREIGN"));
    }

    /** A subscription to a server's port 8803 says nothing about a receiver on that port here. */
    @Test
    void aSubscriptionIsNoReceiver() {
        String status =
                "status {\"kind\":\"KIND\",\"stream\":\"dm\",\"port\":8803,"
                        + "\"state\":\"connected\",\"host\":\"rtc\",\"version\":\"1\"}\n";
        for (String kind : List.of("sub", "pub", "tx")) {
            String said = status.replace("KIND", kind) + "end of facts\n";
            assertThat(Facts.parse(said, "RTC").links()).hasSize(1);
            assertThat(Facts.parse(said, "RTC").receiver(8803)).isEmpty();
        }
        String receiver = status.replace("KIND", "rx") + "end of facts\n";
        assertThat(Facts.parse(receiver, "RTC").receiver(8803)).isPresent();
    }

    @Test
    void whatEndsTooEarlyIsNoFact() {
        assertThatThrownBy(() -> Facts.parse("Welcome\nThis account is not available.\n", "RTC"))
                .isInstanceOf(BridgeException.class)
                .hasMessage(
                        "cannot find out what runs on RTC; it said: This account is not available.");
    }

    @Test
    void aCommandThatHangsIsEnded() {
        long beforeNs = System.nanoTime();
        assertThatThrownBy(() ->
                        Shell.run(
                                List.of("bash", "-s"),
                                Map.of(),
                                "sleep 100",
                                Duration.ofMillis(300),
                                "RTC"))
                .hasMessage("RTC does not answer within 0.3 s");
        assertThat(Duration.ofNanos(System.nanoTime() - beforeNs))
                .isLessThan(Duration.ofSeconds(20));
    }

    /**
     * A status file left by a process whose id now belongs to another process is not a running
     * link.
     */
    @Test
    void aProcessIsKnownByItsStartToo(@ShmDir Path dir) throws Exception {
        int own = Processes.ownPid();
        long start = Processes.startTicks(own);
        Path states = Files.createDirectory(dir.resolve(".shmimtcp"));
        String state =
                "{\"kind\":\"rx\",\"stream\":\"%s\",\"port\":%d,\"state\":\"connected\",\"pid\":%d,"
                        + "\"processStart\":%d,\"host\":\"h\",\"version\":\"1\",\"updatedMs\":1}";
        Files.writeString(
                states.resolve("rx-" + own + "-1.json"), state.formatted("now", 1, own, start));
        Files.writeString(
                states.resolve("rx-" + own + "-2.json"),
                state.formatted("before", 2, own, start - 1));
        Files.writeString(
                states.resolve("rx-" + (1 << 30) + "-3.json"),
                state.formatted("gone", 3, 1 << 30, start));
        Machine.Output output =
                Shell.run(
                        List.of("bash", "-s"),
                        Map.of("MILK_SHM_DIR", dir.toString()),
                        Facts.script(List.of(), List.of()),
                        Duration.ofSeconds(30),
                        "here");
        Facts facts = Facts.parse(output.text(), "here");
        assertThat(facts.links()).extracting(LinkStatus::stream).containsExactly("now");
    }

    /**
     * Any user may put files there: a pipe must not block the script, and the target of a link must
     * not be shown.
     */
    @Test
    void whatOthersPlantBesideTheStatesIsPassedOver(@TempDir Path dir) throws Exception {
        Path place = Files.createDirectory(dir.resolve(".shmimtcp"));
        String own = "rx-" + ProcessHandle.current().pid() + "-";
        String state =
                "{\"pid\":%d,\"processStart\":%d,\"stream\":\""
                        .formatted(Processes.ownPid(), Processes.startTicks(Processes.ownPid()));
        Files.writeString(place.resolve(own + "1.json"), state + "mine\"}");
        Path secret = Files.writeString(dir.resolve("secret"), state + "linked\"}");
        Files.createSymbolicLink(place.resolve(own + "2.json"), secret);
        Files.writeString(place.resolve("rx-1-1.json"), state + "of-another\"}");
        Files.writeString(place.resolve(own + "4.json"), state + "x\"}\nprogram tmux /evil");
        for (Path pipe : List.of(place.resolve(own + "3.json"), dir.resolve("p.im.shm"))) {
            assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        }
        String text =
                Shell.run(
                                List.of("bash", "-s"),
                                Map.of("MILK_SHM_DIR", dir.toString()),
                                Facts.script(List.of("p"), List.of()),
                                Duration.ofSeconds(60),
                                "this machine")
                        .text();
        assertThat(text)
                .contains("\nstatus " + state + "mine\"}\n", "end of facts")
                .doesNotContain("linked", "of-another", "\nprogram tmux /evil", "stream p");
    }
}
