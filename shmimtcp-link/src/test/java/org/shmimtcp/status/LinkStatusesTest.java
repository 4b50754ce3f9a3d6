package org.shmimtcp.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.link.AgeCounts;
import org.shmimtcp.link.ClockOffset;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.link.Protocol;
import org.shmimtcp.link.StatusSource;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.Await;

class LinkStatusesTest {
    private final Path path;
    private final ImageDirectory directory;

    LinkStatusesTest(@TempDir Path path) {
        this.path = path;
        this.directory = new ImageDirectory(path);
    }

    /** A receiver whose state the test sets. */
    private static final class Told implements LinkEnd {
        final Control control = new Control();
        final LinkState state = new LinkState(LinkState.State.WAITING, null, control);
        final ClockOffset clock = new ClockOffset();
        long frames;
        int restarts;
        @Nullable Ages ages;
        @Nullable AgeCounts ageCounts;

        @Override
        public Control control() {
            return control;
        }

        @Override
        public Link glance() {
            return link();
        }

        @Override
        public Link link() {
            return new Link(
                    Role.RECEIVER,
                    traffic(),
                    8803,
                    true,
                    state.now(),
                    1,
                    2,
                    3,
                    5,
                    ages,
                    ageCounts,
                    clock);
        }

        @Override
        public Traffic traffic() {
            String what = state.now().state().text();
            return new Traffic("dm01disp03", what, frames + 4, frames, 10_000 * frames, 4, "");
        }

        @Override
        public void run() {}

        @Override
        public void stop() {}

        @Override
        public void restart() {
            restarts++;
        }
    }

    @Test
    void whatIsKnownIsWrittenAndRead() throws IOException {
        Told end = new Told();
        try (StatusFile file = new StatusFile(directory, end)) {
            end.state.connected("192.168.2.3:40000", Protocol.NATIVE);
            end.state.failed("the peer closed the connection");
            end.frames = 100;
            end.ages = new LinkEnd.Ages(31_400, 90_000);
            end.ageCounts = new AgeCounts(List.of(20.0, 30.0), List.of(5L, 7L, 1L), 0.25);
            end.clock.add(1_000_000, 1_500_000, 1_600_000, 1_300_000);
            file.refresh();

            LinkStatus read = only();
            assertThat(read.kind()).isEqualTo("rx");
            assertThat(read.stream()).isEqualTo("dm01disp03");
            assertThat(read.peer()).isEqualTo("192.168.2.3:40000");
            assertThat(read.port()).isEqualTo(8803);
            assertThat(read.wire()).isEqualTo("native");
            assertThat(read.tls()).isTrue();
            assertThat(read.works()).isTrue();
            assertThat(read.framesIn()).isEqualTo(104);
            assertThat(read.framesOut()).isEqualTo(100);
            assertThat(read.skipped()).isEqualTo(4);
            assertThat(read.repeated()).isEqualTo(1);
            assertThat(read.damaged()).isEqualTo(2);
            assertThat(read.refused()).isEqualTo(3);
            assertThat(read.reconnections()).isEqualTo(4);
            assertThat(read.ageP50Us()).isEqualTo(31.4);
            assertThat(read.ageP99Us()).isEqualTo(90);
            assertThat(read.ages()).isEqualTo(end.ageCounts);
            assertThat(read.clockOffsetUs()).isEqualTo(400);
            assertThat(read.clockErrorUs()).isEqualTo(100);
            assertThat(read.roundTripUs()).isEqualTo(200);
            assertThat(read.lastError()).isEqualTo("the peer closed the connection");
            assertThat(read.pid()).isEqualTo(Processes.ownPid());
            assertThat(read.updatedMs() - System.currentTimeMillis()).isBetween(-5000L, 0L);
            assertThat(read.isSilent(read.updatedMs() + 1000)).isFalse();
            assertThat(read.isSilent(read.updatedMs() + 20_000)).isTrue();
        }
    }

    /** A publisher with as many views as are reported, all with the longest names. */
    private static final class Publishing implements StatusSource {
        final LinkState state = new LinkState(LinkState.State.PUBLISHING, null, new Control());
        final List<LinkEnd.View> views =
                Collections.nCopies(
                        LinkEnd.Viewers.MAX_VIEWS,
                        new LinkEnd.View(
                                "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
                                "x".repeat(StreamName.MAX_BYTES),
                                10_000.25));

        @Override
        public LinkEnd.Link glance() {
            return link();
        }

        @Override
        public LinkEnd.Link link() {
            return new LinkEnd.Link(
                    LinkEnd.Role.PUBLISHER,
                    traffic(),
                    5556,
                    false,
                    state.now(),
                    0,
                    0,
                    7,
                    0,
                    null,
                    null,
                    new ClockOffset(),
                    new LinkEnd.Viewers(256, views),
                    null);
        }

        @Override
        public Traffic traffic() {
            return new Traffic("cam*", "publishing", 10, 20, 30, 0, "");
        }

        @Override
        public void run() {}

        @Override
        public void stop() {}

        @Override
        public void restart() {}
    }

    @Test
    void aPublisherIsShownWithItsClients() throws IOException {
        Publishing publisher = new Publishing();
        try (StatusFile file = new StatusFile(directory, publisher)) {
            publisher.state.failed("x".repeat(400));
            file.refresh();
            LinkStatus read = only();
            assertThat(read.kind()).isEqualTo("pub");
            assertThat(read.stream()).isEqualTo("cam*");
            assertThat(read.port()).isEqualTo(5556);
            assertThat(read.works()).isTrue();
            assertThat(read.clients()).isEqualTo(256);
            assertThat(read.views()).isEqualTo(publisher.views);
            assertThat(read.refused()).isEqualTo(7);
            assertThat(read.concerns("x".repeat(StreamName.MAX_BYTES))).isTrue();
            assertThat(read.concerns("camwfs")).isFalse();
            assertThat(LinkStatuses.fromJson(LinkStatuses.toJson(List.of(read))))
                    .containsExactly(read);
        }
        assertThat(path).isEmptyDirectory();
    }

    @Test
    void itBeginsAnewOnceForEachRequest() throws IOException {
        Told end = new Told();
        try (StatusFile file = new StatusFile(directory, end)) {
            file.refresh();
            assertThat(end.restarts).isZero();
            RestartRequest.make(directory, only());
            RestartRequest.make(directory, only());
            file.refresh();
            file.refresh();
            assertThat(end.restarts).isOne();
            Await.until(
                    Duration.ofSeconds(10),
                    "the clock of files to tick",
                    () -> {
                        ask();
                        file.refresh();
                        return end.restarts == 2;
                    });
            ask();
        }
        assertThat(path).isEmptyDirectory();
        assertThat(end.restarts).isEqualTo(2);
    }

    private void ask() {
        try {
            RestartRequest.make(directory, only());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Requests left by an earlier process with the same process id, or made by a user who may not
     * send it a signal.
     */
    @Test
    void requestsOfOthersDoNotCount() throws IOException {
        Path place = Files.createDirectory(path.resolve(LinkStatuses.DIRECTORY));
        Path left;
        try (StatusFile before = new StatusFile(directory, new Told())) {
            before.refresh();
            left = request(nextAfter(files(place).getFirst()));
        }
        Files.createDirectories(place); // the previous end removed the directory
        Files.writeString(left, "");
        Told end = new Told();
        try (StatusFile file = new StatusFile(directory, end)) {
            file.refresh();
            assertThat(request(files(place).getFirst())).isEqualTo(left).doesNotExist();
            Files.writeString(left, "");
            boolean root = Files.getAttribute(left, "unix:uid").equals(0);
            assumeTrue(root, "only root can make another's file");
            Files.setAttribute(left, "unix:uid", 4711);
            file.refresh();
            assertThat(end.restarts).isZero();
        }
    }

    /** Returns the status file of the next end that this process starts: KIND-PID-NUMBER.json. */
    private static Path nextAfter(Path state) {
        String name = state.getFileName().toString();
        int from = name.lastIndexOf('-') + 1;
        int to = name.indexOf('.', from);
        int number = Integer.parseInt(name.substring(from, to));
        return state.resolveSibling(name.substring(0, from) + (number + 1) + name.substring(to));
    }

    private static Path request(Path state) {
        return state.resolveSibling(RestartRequest.beside(state.getFileName().toString()));
    }

    /** Any user may create a hard link to a root-owned file, unless the kernel forbids it. */
    @Test
    void aLinkToAnotherFileIsNoRequest() throws IOException {
        Path place = Files.createDirectory(path.resolve(LinkStatuses.DIRECTORY));
        Told end = new Told();
        try (StatusFile file = new StatusFile(directory, end)) {
            file.refresh();
            Path request = request(files(place).getFirst());
            Path other = Files.createFile(path.resolve("other"));
            FileTime later = FileTime.fromMillis(System.currentTimeMillis() + 60_000);
            Files.setLastModifiedTime(other, later);
            Files.createLink(request, other);
            file.refresh();
            Files.createSymbolicLink(request, other);
            file.refresh();
            Files.writeString(request, "not empty");
            Files.setLastModifiedTime(request, later);
            file.refresh();
            assertThat(end.restarts).isZero();
            assertThat(request).doesNotExist();
            assertThat(other).isEmptyFile();
            Files.createFile(request);
            Files.setLastModifiedTime(request, later);
            file.refresh();
            assertThat(end.restarts).isOne();
        }
    }

    /** A forged status of a process that runs as another user. */
    @Test
    void aFileOfAnotherUserThanTheProcessIsNotShown() throws IOException {
        Path place = Files.createDirectory(path.resolve(LinkStatuses.DIRECTORY));
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            Path state = files(place).getFirst();
            LinkStatus link = only();
            boolean root = Files.getAttribute(state, "unix:uid").equals(0);
            assumeTrue(root, "only root can make another's file");
            Path forged = place.resolve("tx-" + Processes.ownPid() + "-77.json");
            Files.writeString(forged, Files.readString(state).replace("\"x\"", "\"forged\""));
            assertThat(LinkStatuses.read(directory)).hasSize(2);
            Files.setAttribute(forged, "unix:uid", 4711);
            assertThat(LinkStatuses.read(directory)).containsExactly(link);
        }
    }

    /** Five thousand files once took 26 s. */
    @Test
    void aFloodOfFilesNeitherTakesLongNorHidesOthers() throws IOException {
        Path place = Files.createDirectory(path.resolve(LinkStatuses.DIRECTORY));
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            Path state = files(place).getFirst();
            boolean root = Files.getAttribute(state, "unix:uid").equals(0);
            assumeTrue(root, "only root can make another's file");
            byte[] text = Files.readAllBytes(state);
            for (int i = 0; i < 5000; i++) {
                Path forged =
                        place.resolve("rx-" + Processes.ownPid() + "-" + (1000 + i) + ".json");
                Files.write(forged, text);
                Files.setAttribute(forged, "unix:uid", 4711);
            }
            long startNs = System.nanoTime();
            assertThat(LinkStatuses.read(directory)).hasSize(1);
            assertThat(System.nanoTime() - startNs).isLessThan(10_000_000_000L);
            Files.setAttribute(state, "unix:uid", 4711); // one of the thousand that are read
            assertThat(LinkStatuses.read(directory)).isEmpty();
        }
    }

    /** Planted by another user, so that root's status files are written elsewhere. */
    @Test
    void aDirectoryThatIsALinkIsNotFollowed() throws IOException {
        Path elsewhere = Files.createDirectory(path.resolve("elsewhere"));
        Path planted = path.resolve(LinkStatuses.DIRECTORY);
        Files.createSymbolicLink(planted, elsewhere);
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
        }
        assertThat(elsewhere).isEmptyDirectory();
        assertThat(planted).isSymbolicLink();
        assertThatThrownBy(() -> LinkStatuses.read(directory))
                .isInstanceOf(IOException.class)
                .hasMessage(planted + ": not a directory");
    }

    @Test
    void whatHasEndedCannotBeRestarted() throws IOException {
        LinkStatus read;
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            read = only();
        }
        assertThatThrownBy(() -> RestartRequest.make(directory, read))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("that link has ended");
    }

    private LinkStatus only() throws IOException {
        List<LinkStatus> all = LinkStatuses.read(directory);
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Test
    void whatIsNotKnownIsNull() throws IOException {
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            LinkStatus read = only();
            assertThat(read.works()).isFalse();
            assertThat(read.state()).isEqualTo("waiting");
            assertThat(read.peer()).isNull();
            assertThat(read.wire()).isNull();
            assertThat(read.ageP50Us()).isNull();
            assertThat(read.clockOffsetUs()).isNull();
            assertThat(read.lastError()).isNull();
        }
    }

    @Test
    void nothingIsLeft() throws IOException {
        assertThat(LinkStatuses.read(directory)).isEmpty();
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            StatusFile ended = new StatusFile(directory, new Told());
            try (ended) {
                ended.refresh();
                assertThat(LinkStatuses.read(directory)).hasSize(2);
            }
            assertThat(LinkStatuses.read(directory)).hasSize(1);
            ended.refresh(); // another thread may call it once more
            assertThat(LinkStatuses.read(directory)).hasSize(1);
        }
        assertThat(path).isEmptyDirectory();
    }

    /** A process id may belong to another process by now. */
    @Test
    void whoWasKilledIsNotShown() throws IOException {
        Path place = Files.createDirectory(path.resolve(LinkStatuses.DIRECTORY));
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            String text = Files.readString(files(place).getFirst());
            String start = "\"processStart\":" + only().processStart();
            assertThat(text).contains(start);
            Path reused = place.resolve("rx-" + Processes.ownPid() + "-9.json");
            Files.writeString(reused, text.replace(start, "\"processStart\":1"));
            Files.writeString(place.resolve("rx-999999999-1.json"), text);
            Files.writeString(place.resolve("rx-1-1.json"), text); // the id of another process
            assertThat(LinkStatuses.read(directory)).hasSize(1);
            try (DirectoryFd held = LinkStatuses.open(directory)) {
                LinkStatuses.removeDead(held);
            }
            assertThat(files(place)).hasSize(2).doesNotContain(reused);
        }
    }

    private static List<Path> files(Path place) throws IOException {
        try (var all = Files.list(place)) {
            return all.toList();
        }
    }

    @Test
    @Timeout(60)
    void whatIsNoStatusIsPassedOver() throws Exception {
        Path place = Files.createDirectory(path.resolve(LinkStatuses.DIRECTORY));
        Files.writeString(place.resolve("a.json"), "{}");
        String name = "rx-" + Processes.ownPid() + "-";
        Files.writeString(place.resolve(name + "1.json"), "{\"kind\":");
        Files.writeString(place.resolve(name + "2.json"), "[]");
        Files.writeString(place.resolve(name + "3.json"), "{}");
        Files.writeString(place.resolve(name + "4.json"), " ".repeat(1 << 20));
        Files.createDirectory(place.resolve(name + "5.json"));
        Files.createSymbolicLink(place.resolve(name + "6.json"), Path.of("/dev/zero"));
        Path pipe = place.resolve(name + "7.json");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        assertThat(LinkStatuses.read(directory)).isEmpty();
    }

    @Test
    void goesToAnotherMachineAndBack() throws IOException {
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            List<LinkStatus> here = LinkStatuses.read(directory);
            String json = LinkStatuses.toJson(here);
            assertThat(LinkStatuses.fromJson(json)).isEqualTo(here);
            String later = json.replace("\"port\"", "\"somethingNew\" : [1], \"port\"");
            assertThat(LinkStatuses.fromJson(later)).isEqualTo(here);
            assertThatThrownBy(() -> LinkStatuses.fromJson("bash: shmim: command not found"))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("not a list of links: ");
        }
    }

    @Test
    void aDirectoryThatCannotBeWrittenEndsNothing() throws IOException {
        Files.writeString(path.resolve(LinkStatuses.DIRECTORY), "a file");
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            file.refresh();
        }
        assertThat(path.resolve(LinkStatuses.DIRECTORY)).exists();
    }

    /** A request file whose time is before the link's start still counts. */
    @Test
    void requestsCountAfterTheClockWasSetBack() throws IOException {
        Told end = new Told();
        try (StatusFile file = new StatusFile(directory, end)) {
            file.refresh();
            Path request = RestartRequest.make(directory, only());
            FileTime yesterday = FileTime.from(Instant.now().minus(Duration.ofDays(1)));
            Files.setLastModifiedTime(request, yesterday);
            file.refresh();
            assertThat(end.restarts).isOne();
            file.refresh();
            assertThat(end.restarts).isOne();
            assertThat(request).doesNotExist();
        }
    }

    /** Also if the directory exists, as it always does beside running links. */
    @Test
    void whatTheKilledLeftIsRemovedByTheNext() throws IOException {
        Path place = Files.createDirectory(path.resolve(LinkStatuses.DIRECTORY));
        Path left = Files.writeString(place.resolve("rx-999999999-1.json"), "{}");
        Path asked = Files.writeString(place.resolve("rx-999999999-1.restart"), "");
        try (StatusFile file = new StatusFile(directory, new Told())) {
            file.refresh();
            assertThat(left).doesNotExist();
            assertThat(asked).doesNotExist();
            assertThat(LinkStatuses.read(directory)).hasSize(1);
            // Hundreds of ends that start together would read each other's states, each all of
            // them.
            Files.writeString(left, "{}");
            try (StatusFile second = new StatusFile(directory, new Told())) {
                second.refresh();
                assertThat(left).exists();
            }
        }
    }
}
