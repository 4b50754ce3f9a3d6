package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.DistinctFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.SiteHosts;
import org.shmimtcp.testing.SwitchedHosts;

/** Thirty streams that three machines offer and want from each other, by name alone. */
@ExtendWith(ChildProcesses.class)
class ThreeHostsIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final int HOSTS = 3;
    private static final int STREAMS = 10;
    private static final int SIDE = 20;
    private static final Duration PERIOD = Duration.ofMillis(50);
    private static final Duration BETWEEN_CHECKS = Duration.ofMillis(3);
    private static final String SKIPPED = "\".*?\"skipped\" ?: ?(\\d+)";

    private final Path dir;
    private final Path config;
    private final List<Follower> followers = new ArrayList<>();
    private @Nullable SwitchedHosts hosts;

    ThreeHostsIT(@ShmDir Path dir) {
        this.dir = dir;
        this.config = dir.resolve("site.toml");
    }

    @BeforeEach
    void connect() throws IOException {
        hosts = SwitchedHosts.open(HOSTS);
        StringBuilder text = new StringBuilder(SiteHosts.at(HOSTS, SwitchedHosts::address));
        text.append("[offer]\nstreams = [\"*\"]\n");
        for (int n = 1; n <= HOSTS; n++) {
            for (int i = 0; i < STREAMS; i++) {
                text.append(want(name(n, i), next(n), ""));
            }
        }
        text.append(want("late", 3, ""));
        text.append(want("same", 3, ""));
        String ofSame = "from = \"H2\"\nstream = \"same\"\nlocal_name = \"chosen\"\n";
        text.append(want("chosen", 3, ofSame));
        text.append(want("circle", 2, "from = \"H1\"\n"));
        String ofCircle = "from = \"H2\"\nstream = \"circle\"\nlocal_name = \"circle\"\n";
        text.append(want("back", 1, ofCircle));
        Files.writeString(config, text);
    }

    @AfterEach
    void disconnect() {
        if (hosts != null) {
            hosts.close();
        }
    }

    private static String want(String name, int on, String more) {
        return "[want." + name + "]\non = \"H" + on + "\"\n" + more;
    }

    private static String name(int host, int i) {
        return (char) ('a' + host - 1) + Integer.toString(i);
    }

    /** Returns the host that wants the streams of a host. */
    private static int next(int host) {
        return host % HOSTS + 1;
    }

    private ImageDirectory streams(int host) {
        try {
            return new ImageDirectory(Files.createDirectories(dir.resolve("h" + host)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Programs programs(int host) {
        Map<String, String> environment =
                Map.of("MAGAOX_ROLE", "H" + host, "SHMIMTCP_CONFIG", config.toString());
        return new Programs(streams(host).path(), environment)
                .behind(Objects.requireNonNull(hosts).on(host));
    }

    private ChildProcess serve(int host) {
        return programs(host).start("shmim", "serve");
    }

    private Image create(int host, String name, int side) {
        ImageSpec spec = ImageSpec.of(name, DataType.INT64, Shape.of(side, side));
        return Image.replace(streams(host), spec);
    }

    /** A stream and its copy. */
    private final class Follower {
        private final int from;
        private final String name;
        private Image source;
        private FrameWriter writer;
        private final AtomicLong written = new AtomicLong();
        private volatile long seen;
        private @Nullable Image copy;

        Follower(int from, String name) {
            this.from = from;
            this.name = name;
            source = create(from, name, SIDE);
            writer = source.newWriter();
            write();
        }

        void write() {
            DistinctFrames.publish(source, writer, written.get() + 1);
            written.incrementAndGet();
        }

        void replace(int side) {
            source.close();
            source = create(from, name, side);
            writer = source.newWriter();
        }

        /** Checks every pixel of the copy's newest frame, and that frames do not go back. */
        void check() {
            Image now = copy();
            if (now == null) {
                return;
            }
            long frame = DistinctFrames.numberIn(now);
            if (frame < 0) {
                return;
            }
            assertThat(frame).as("frame of " + name).isBetween(seen, written.get() + 1);
            seen = frame;
        }

        private @Nullable Image copy() {
            Image open = copy;
            if (open != null && !open.isReplaced()) {
                return open;
            }
            closeCopy();
            try {
                copy = Image.open(streams(next(from)), name);
            } catch (ImageException notYet) {
                // it is not there, or is being replaced
            }
            return copy;
        }

        private void closeCopy() {
            if (copy != null) {
                copy.close();
                copy = null;
            }
        }

        void close() {
            source.close();
            closeCopy();
        }

        void awaitNewest() {
            Await.until(
                    DEADLINE,
                    "frame " + written + " of " + name,
                    () -> {
                        check();
                        return seen == written.get();
                    });
        }

        /**
         * Returns what is wrong unless the copy's counter and the skipped frames are all frames
         * ever written.
         */
        Optional<String> miscount(String states) {
            Matcher skipped =
                    Pattern.compile("\"stream\" ?: ?\"" + name + SKIPPED, Pattern.DOTALL)
                            .matcher(states);
            assertThat(skipped.find()).as(states).isTrue();
            Image now = Objects.requireNonNull(copy());
            long counted = now.cnt0() + Long.parseLong(skipped.group(1));
            return counted == written.get()
                    ? Optional.empty()
                    : Optional.of(
                            "%s: %d published and %s skipped of %s"
                                    .formatted(name, now.cnt0(), skipped.group(1), written));
        }
    }

    /** Writes all streams for a while, and checks every copy meanwhile. */
    private void run(Duration time) {
        var failure = new AtomicReference<@Nullable Throwable>();
        Thread writer = Thread.ofPlatform().unstarted(() -> write(time));
        writer.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
        writer.start();
        while (writer.isAlive()) {
            followers.forEach(Follower::check);
            Await.time(BETWEEN_CHECKS);
        }
        assertThat(failure.get()).isNull();
        followers.forEach(Follower::awaitNewest);
    }

    private void write(Duration time) {
        long beganNs = System.nanoTime();
        while (System.nanoTime() - beganNs < time.toNanos()) {
            followers.forEach(Follower::write);
            Await.time(PERIOD);
        }
    }

    /** Every frame was published or counted as skipped. States are published once a second. */
    private void awaitCounts(int host) {
        List<Follower> copies =
                followers.stream().filter(follower -> next(follower.from) == host).toList();
        var states = new AtomicReference<>("");
        Await.until(
                DEADLINE,
                () -> miscounts(copies, states.get()) + " in " + states,
                () -> {
                    ChildProcess status = programs(host).start("shmim", "status", "--json");
                    status.awaitExit(DEADLINE);
                    states.set(status.output());
                    return miscounts(copies, status.output()).isEmpty();
                });
    }

    private static List<String> miscounts(List<Follower> copies, String states) {
        return copies.stream().flatMap(copy -> copy.miscount(states).stream()).toList();
    }

    private void awaitStatus(int host, String stream, String text) {
        programs(host).awaitStatus(DEADLINE, stream, text);
    }

    @Test
    void keepTheirCopiesThroughEverything() {
        for (int n = 1; n <= HOSTS; n++) {
            for (int i = 0; i < STREAMS; i++) {
                followers.add(new Follower(n, name(n, i)));
            }
        }
        for (int n = 1; n <= 2; n++) {
            try (Image same = create(n, "same", n)) {
                DistinctFrames.publish(same, same.newWriter(), n);
            }
        }
        try (Image circle = create(1, "circle", 4)) {
            DistinctFrames.publish(circle, circle.newWriter(), 1);
        }
        List<ChildProcess> serving = new ArrayList<>();
        for (int n = 1; n <= HOSTS; n++) {
            // Host 3 must know both hosts that offer "same" when it asks.
            serving.add(serve(n).awaitOutput("offering * of", DEADLINE));
        }
        followers.forEach(Follower::awaitNewest);
        run(Duration.ofSeconds(2));
        for (int n = 1; n <= HOSTS; n++) {
            awaitCounts(n);
        }

        awaitStatus(3, "same", "H1 and H2 offer 'same': say which one, as in H1:same");
        try (Image chosen = Image.open(streams(3), "chosen")) {
            assertThat(chosen.spec().shape()).isEqualTo(Shape.of(2, 2));
        }
        awaitStatus(1, "circle", "this would close a circle");
        awaitStatus(3, "late", "no other host offers 'late' now");
        try (Image late = create(1, "late", 5)) {
            DistinctFrames.publish(late, late.newWriter(), 1);
            Await.until(DEADLINE, "the late copy", () -> streams(3).has("late"));
        }

        serving.get(1).kill9(); // it offers streams to 3, and has copies of those of 1
        followers.forEach(Follower::write); // which it gets when it is back
        serve(2);
        followers.forEach(Follower::awaitNewest);
        run(Duration.ofSeconds(1));

        Follower recreated = followers.getFirst();
        recreated.replace(2 * SIDE);
        recreated.write();
        run(Duration.ofSeconds(1));
        try (Image copy = Image.openToLook(streams(2), recreated.name)) {
            assertThat(copy.spec().shape()).isEqualTo(Shape.of(2 * SIDE, 2 * SIDE));
        }
        awaitCounts(1); // the counts of host 2 began anew
        awaitCounts(3);
        followers.forEach(Follower::close);
    }
}
