package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.Full;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.testing.TmuxTerminal;
import org.shmimtcp.testing.TwoMachines;

/** The standard use: two machines, ssh between them, tmux on each. */
@ExtendWith(ChildProcesses.class)
class DmDispBridgeIT {
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final Duration SOON = Duration.ofSeconds(20);

    private final TwoMachines machines;
    private final TwoMachines.Machine rtc;
    private final TwoMachines.Machine icc;

    DmDispBridgeIT(@ShmDir Path dir) throws IOException {
        machines = TwoMachines.open(dir);
        rtc = machines.rtc();
        icc = machines.icc();
    }

    @AfterEach
    void takeDown() {
        machines.close();
    }

    private static Image make(TwoMachines.Machine where, String name, int nx, int ny) {
        return Image.create(where.streams(), ImageSpec.of(name, DataType.FLOAT, Shape.of(nx, ny)));
    }

    private static void write(Image source) {
        NumberedFrames.publish(source, source.newWriter(), source.cnt0() + 1);
    }

    private static String bridge(TwoMachines.Machine where, String... arguments) {
        return where.program("dmdispbridge", arguments).awaitSuccess(DEADLINE);
    }

    /**
     * All that ICC drives at once (of the six alike segments one, or all with {@code -Dfull}), each
     * into a stream that is in use there.
     */
    @Test
    void everyFamilyFollows() throws IOException {
        Map<String, Shape> channels = new HashMap<>();
        channels.put("dm00disp00", Shape.of(11, 11));
        channels.put("dm01disp11", Shape.of(50, 50));
        for (int segment = 1; segment <= 6; segment += Full.or(1, 6)) {
            channels.put("dm6" + segment + "disp0" + segment, Shape.of(3, 1));
        }
        String[] names = channels.keySet().stream().sorted().toArray(String[]::new);
        Map<String, Object> inodes = new HashMap<>();
        channels.forEach((name, shape) -> make(rtc, name, shape.nx(), shape.ny()).close());
        for (String name : names) {
            inodes.put(name, inode(rtc, name));
        }
        bridge(icc, names);
        assertThat(rtc.sessions()).hasSize(names.length);
        assertThat(icc.sessions()).hasSize(names.length);
        for (String name : names) {
            try (Image source = Image.open(icc.streams(), name);
                    Image mirror = Image.open(rtc.streams(), name)) {
                assertThat(source.spec().shape()).isEqualTo(channels.get(name));
                write(source);
                Await.until(SOON, "a frame of " + name, () -> mirror.cnt0() == 1);
            }
            assertThat(inode(rtc, name)).as(name).isEqualTo(inodes.get(name));
        }
        bridge(icc, names);
        List<String> down = new ArrayList<>(List.of("--down"));
        down.addAll(List.of(names));
        bridge(icc, down.toArray(String[]::new));
        assertThat(rtc.sessions()).isEmpty();
        assertThat(icc.sessions()).isEmpty();
    }

    /** Either direction. */
    @ParameterizedTest
    @CsvSource({"dm01disp03, 50, 50, 8803", "dm02disp11, 34, 34, 8831"})
    void aChannelFollows(String channel, int nx, int ny, int port) throws IOException {
        boolean toIcc = channel.startsWith("dm02");
        TwoMachines.Machine sender = toIcc ? rtc : icc;
        TwoMachines.Machine target = toIcc ? icc : rtc;
        String rcSession = "sTCPrc-" + HostName.get() + "-" + channel;
        String txSession = "sTCPtx-" + HostName.get() + "-" + channel;
        try (Image mirror = make(target, channel, nx, ny)) {
            Object inode = inode(target, channel);
            String said = bridge(sender, channel);
            assertThat(said)
                    .contains(channel + ": receiver started on")
                    .contains(channel + ": stream made on")
                    .contains("connected, round trip ")
                    .contains("no frame yet: the source has not been written");
            assertThat(mirror.cnt0()).as("frames that nobody wrote").isZero();
            assertThat(target.sessions()).containsExactly(rcSession);
            assertThat(sender.sessions()).containsExactly(txSession);
            assertThat(target.tmux("list-panes", "-a", "-F", "#{pane_start_command}"))
                    .contains("shmimTCPreceive " + port);

            try (Image source = Image.open(sender.streams(), channel)) {
                assertThat(source.spec().shape()).isEqualTo(Shape.of(nx, ny));
                assertThat(source.spec().type()).isEqualTo(DataType.FLOAT);
                write(source);
                Await.until(SOON, "the frame", () -> mirror.cnt0() == 1);
                write(source);
                Await.until(SOON, "the next", () -> mirror.cnt0() == 2);
            }
            assertThat(inode(target, channel)).isEqualTo(inode);

            // Once more: nothing is started, nothing moves.
            String pids = target.tmux("list-panes", "-a", "-F", "#{pane_pid}");
            assertThat(bridge(sender, channel))
                    .startsWith(channel + " ")
                    .contains(": frames arrive, cnt0 2")
                    .hasLineCount(1);
            assertThat(target.tmux("list-panes", "-a", "-F", "#{pane_pid}")).isEqualTo(pids);
            assertThat(mirror.cnt0()).isEqualTo(2);

            assertThat(bridge(sender, "--status", channel))
                    .contains(
                            "tx on " + (toIcc ? "RTC" : "ICC"), "rx on " + (toIcc ? "ICC" : "RTC"))
                    .contains("frames arrive");
            List<LinkStatus> both =
                    LinkStatuses.fromJson(bridge(sender, "--status", "--json", channel));
            assertThat(both).extracting(LinkStatus::kind).containsExactly("tx", "rx");
            assertThat(both).extracting(LinkStatus::port).containsExactly(port, port);
            bridge(sender, "--down", channel);
            assertThat(target.sessions()).isEmpty();
            assertThat(sender.sessions()).isEmpty();
            assertThat(mirror.cnt0()).isEqualTo(2);
            assertThat(refusedStatus(sender, channel)).contains("no transmitter runs");
        }
    }

    /** Typed twice at the same moment: one sets it up, the other waits and finds it well. */
    @Test
    void twoRunsAtTheSameMoment() {
        String channel = "dm01disp05";
        make(rtc, channel, 50, 50).close();
        ChildProcess one = icc.program("dmdispbridge", channel);
        ChildProcess two = icc.program("dmdispbridge", channel);
        String said = one.awaitSuccess(DEADLINE) + two.awaitSuccess(DEADLINE);
        assertThat(said).containsOnlyOnce(channel + ": receiver started on");
        assertThat(said).containsOnlyOnce(channel + ": stream made on");
        assertThat(said).containsOnlyOnce(channel + ": transmitter started on");
        assertThat(said.lines().filter(l -> l.contains("connected, round trip"))).hasSize(2);
        assertThat(rtc.sessions()).hasSize(1);
        assertThat(icc.sessions()).hasSize(1);
        assertThat(icc.streams().has(channel)).isTrue();
        bridge(icc, "--down", channel);
    }

    private static Object inode(TwoMachines.Machine where, String name) throws IOException {
        return Files.getAttribute(where.streams().file(name), "unix:ino");
    }

    private static String refusedStatus(TwoMachines.Machine where, String channel) {
        ChildProcess bridge = where.program("dmdispbridge", "--status", channel);
        assertThat(bridge.awaitExit(DEADLINE)).as(bridge.report()).isEqualTo(1);
        return bridge.output();
    }

    /** By hand, as docs/operator.md has it, word for word. */
    @Test
    void theManualSetUpOfTheDocumentation() throws IOException {
        for (TwoMachines.Machine machine : List.of(rtc, icc)) {
            machine.environment()
                    .put("PATH", Programs.BIN + ":" + machine.environment().get("PATH"));
        }
        try (TmuxTerminal target = terminal(rtc, "rtc");
                TmuxTerminal here = terminal(icc, "icc");
                Image mirror = make(rtc, "dm01disp06", 50, 50)) {
            target.type("shmimTCPreceive 8886", "Enter");
            target.awaitText("listening on");

            here.type("shmim", "Enter");
            here.awaitText("shmim prompt in");
            here.type("mk2Dim \"s>tf32>dm01disp06\" 50 50", "Enter");
            here.awaitText("created dm01disp06 50x50 f32");
            here.type("exit", "Enter");
            here.type("shmimTCPtransmit dm01disp06 192.168.2.2 8886", "Enter");
            here.awaitText("dm01disp06: connected to 192.168.2.2:8886");

            try (Image source = Image.open(icc.streams(), "dm01disp06")) {
                write(source);
                Await.until(SOON, "the frame", () -> mirror.cnt0() == 1);
            }
        }
    }

    private static TmuxTerminal terminal(TwoMachines.Machine machine, String name)
            throws IOException {
        // The terminal's own tmux server is not on that machine: it must not be used for sessions.
        Path place = Files.createDirectories(machine.home().resolve(name));
        return new TmuxTerminal(
                place,
                machine.environment(),
                machine.shell() + " env -u TMUX bash --norc --noprofile");
    }
}
