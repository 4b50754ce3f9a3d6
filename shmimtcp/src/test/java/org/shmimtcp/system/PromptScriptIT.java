package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.tmux.Tmux;

/**
 * Runs scripts for milk's prompt, and types them into tmux. {@code cacao} and {@code milk} are
 * links to the launcher.
 */
@ExtendWith(ChildProcesses.class)
class PromptScriptIT {
    private static final ImageSpec SPEC =
            ImageSpec.of("dm01disp06", DataType.FLOAT, Shape.of(50, 50));

    /** The field's number in proc_pid_stat(5), counted from 1. */
    private static final int RT_PRIORITY_FIELD = 40;

    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Map<String, String> environment = new HashMap<>();
    private final ImageDirectory rtc;
    private final ImageDirectory icc;
    private final int port = Programs.freePort();

    PromptScriptIT(@TempDir Path dir) throws IOException {
        assumeTrue(Tmux.isInstalled(), "there is no tmux here");
        rtc = new ImageDirectory(Files.createDirectory(dir.resolve("rtc")));
        icc = new ImageDirectory(Files.createDirectory(dir.resolve("icc")));
        Path bin = Files.createDirectory(dir.resolve("bin"));
        for (String name : List.of("shmimTCPreceive", "shmimTCPtransmit")) {
            Files.createSymbolicLink(bin.resolve(name), Path.of(Programs.launcher(name)));
        }
        for (String name : List.of("cacao", "milk", "imnetwtransmit", "imnetwreceive")) {
            Files.createSymbolicLink(bin.resolve(name), Path.of(Programs.launcher("shmim")));
        }
        environment.put("PATH", bin + ":" + System.getenv("PATH"));
        environment.put("HOME", dir.toString());
        environment.put("TMUX_TMPDIR", Files.createDirectory(dir.resolve("t")).toString());
        environment.put("TMUX", "");
        environment.put("PS1", "$ ");
    }

    @AfterEach
    void endServer() {
        tmux("kill-server");
    }

    private String tmux(String... arguments) {
        List<String> command = new ArrayList<>(List.of("tmux"));
        command.addAll(List.of(arguments));
        ChildProcess tmux = ChildProcess.start(environment, command);
        tmux.awaitExit(DEADLINE);
        return tmux.output();
    }

    /** Starts a tmux session with a shell; its streams are in the given directory. */
    private void open(String session, ImageDirectory streams) {
        tmux(
                "new-session",
                "-d",
                "-x",
                "150",
                "-s",
                session,
                "env",
                "MILK_SHM_DIR=" + streams.path(),
                "sh");
    }

    private void type(String session, String line) {
        tmux("send-keys", "-t", session + ":", "-l", line);
        tmux("send-keys", "-t", session + ":", "Enter");
    }

    private void awaitScreen(String session, String text) {
        Await.until(
                DEADLINE,
                text + " in " + session,
                () -> tmux("capture-pane", "-p", "-J", "-t", session + ":").contains(text));
    }

    /** Runs a script with arguments on a directory of streams, without a terminal. */
    private ChildProcess run(ImageDirectory streams, String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "script"));
        command.addAll(List.of(arguments));
        Map<String, String> all = new HashMap<>(environment);
        all.put("MILK_SHM_DIR", streams.path().toString());
        return ChildProcess.start(all, command);
    }

    private String port() {
        return Integer.toString(port);
    }

    private void create(String line) {
        type("icc", "cacao");
        awaitScreen("icc", "shmim prompt in " + icc.path());
        type("icc", line);
        awaitScreen("icc", "created dm01disp06 50x50 f32");
        type("icc", "exit");
    }

    private void assertFlow() {
        try (Image source = Image.open(icc, "dm01disp06")) {
            NumberedFrames.publish(source, source.newWriter(), 1);
            try (Image copy = ForeignImage.awaitOpen(rtc, "dm01disp06")) {
                Await.until(DEADLINE, "a frame at the copy", () -> copy.cnt0() > 0);
                assertThat(copy.spec().describe()).isEqualTo("50x50 f32");
            }
        }
    }

    /** Lines of milk's scripts of 2024, typed one by one. */
    @Test
    void transferBothWays() {
        open("sTCPrc-dm01disp06", rtc);
        type("sTCPrc-dm01disp06", "cacao << EOF");
        for (String line :
                List.of("csetpmove system", "imnetwreceive " + port + " 0 80", "exitCLI")) {
            type("sTCPrc-dm01disp06", line);
        }
        type("sTCPrc-dm01disp06", "EOF");
        awaitScreen("sTCPrc-dm01disp06", "listening on");
        open("icc", icc);
        create("mk2Dim \"@S:tf32>dm01disp06\" 50 50");
        type("icc", "cacao << EOF");
        for (String line :
                List.of(
                        "readshmim dm01disp06",
                        "csetpmove system",
                        "imnetwtransmit dm01disp06 127.0.0.1 " + port + " 0 80",
                        "exitCLI",
                        "EOF")) {
            type("icc", line);
        }
        awaitScreen("icc", "connected (");
        assertFlow();
    }

    /**
     * What MagAO-X's {@code dmdispbridge} does, and its {@code shmimTCPreceive} and {@code
     * shmimTCPtransmit}: the receiver's prompt reads a script, the transmitter's gets its lines
     * typed before it has started.
     */
    @Test
    void scriptsOfMagAoX(@TempDir Path work) throws IOException {
        open("sTCPrc-icc-dm01disp06", rtc);
        Path receive = Files.writeString(work.resolve("receive"), RECEIVE_OF_MAGAOX);
        tmux("send-keys", "-t", "sTCPrc-icc-dm01disp06:", "C-c", "C-m");
        type("sTCPrc-icc-dm01disp06", "sh " + receive + " " + port);
        awaitScreen("sTCPrc-icc-dm01disp06", "listening on");
        assertRunning("shmimTCPreceive-" + port);
        open("sTCPtx-icc-dm01disp06", icc);
        String size = work.resolve("dm01disp06_size.txt").toString();
        run(icc, CREATE_OF_MAGAOX, "s>tf32>dm01disp06", "50", "50", "dm01disp06", size)
                .awaitSuccess(DEADLINE);
        assertThat(Path.of(size)).hasContent("50 50 \n");
        for (String line :
                List.of(
                        "echo \"SYNCMODE = 0\"",
                        "cacao -n shmimTCPtransmit-dm01disp06",
                        "csetpmove system",
                        "readshmim dm01disp06",
                        "imnetwtransmit dm01disp06 127.0.0.1 " + port + " 0 80")) {
            type("sTCPtx-icc-dm01disp06", line);
        }
        awaitScreen("sTCPtx-icc-dm01disp06", "connected (");
        assertRunning("shmimTCPtransmit-dm01disp06");
        assertFlow();
        // How the script ends a transmitter.
        tmux("send-keys", "-t", "sTCPtx-icc-dm01disp06:", "C-c");
        awaitScreen("sTCPtx-icc-dm01disp06", "end: dm01disp06 stopped");
        type("sTCPtx-icc-dm01disp06", "exit");
        Await.until(
                DEADLINE,
                "the end of the prompt",
                () -> !running().contains("shmimTCPtransmit-dm01disp06"));
    }

    private static final String RECEIVE_OF_MAGAOX =
            """
            pname="shmimTCPreceive-$1"
            RTprio="80"
            OMP_NUM_THREADS=1 cacao -n $pname << EOF
            csetpmove ${SHMIMTCP_CPUSET}
            imnetwreceive $1 1 ${RTprio}
            exit
            EOF
            """;

    private static final String CREATE_OF_MAGAOX =
            """
            set -e
            cacao << EOF
            mk2Dim "$1" $2 $3
            quit
            EOF
            cacao << EOF
            readshmimsize $4 $5
            quit
            EOF
            """;

    /** What milk's {@code milk-nettransmit} of 2026 does at both ends. */
    @Test
    void scriptsOfMilk() {
        ChildProcess rx = run(rtc, RECEIVE_OF_MILK, port());
        ChildProcess tx = null;
        try (Image _ = Image.create(icc, SPEC)) {
            rx.awaitOutput("listening on", DEADLINE);
            assertRunning("netw-receive-" + port);
            tx = run(icc, TRANSMIT_OF_MILK, "dm01disp06", "127.0.0.1", port());
            tx.awaitOutput("connected (", DEADLINE);
            assertRunning("netw-transmit-dm01disp06-" + port);
            assertFlow();
            assertThat(rx.errors() + tx.errors()).doesNotContain("failed", "Unknown", "Invalid");
        } finally {
            end(rx);
            end(tx);
        }
    }

    private static final String RECEIVE_OF_MILK =
            """
            CPUSET="system"
            RTPRIO=0
            pname="netw-receive-$1"
            MILK_QUIET=1 OMP_NUM_THREADS=1 milk -n ${pname} << EOF
            csetpmove ${CPUSET}
            rtprio ${RTPRIO}
            imnetwreceive $1 0 ${RTPRIO}
            exitCLI
            EOF
            """;

    private static final String TRANSMIT_OF_MILK =
            """
            CPUSET="system"
            RTPRIO=-1
            pname="netw-transmit-$1-$3"
            MILK_QUIET=1 OMP_NUM_THREADS=1 milk -n ${pname} << EOF
            csetpmove ${CPUSET}
            rtprio ${RTPRIO}
            readshmim $1
            imnetwtransmit $1 $2 $3 0 ${RTPRIO}
            exitCLI
            EOF
            """;

    /** Ends what a script has started, and with it the script. */
    private static void end(@Nullable ChildProcess script) {
        if (script != null) {
            ProcessHandle.of(script.pid()).stream()
                    .flatMap(ProcessHandle::descendants)
                    .forEach(ProcessHandle::destroy);
            script.awaitExit(DEADLINE);
        }
    }

    /** Fails if no process has that name, as ps shows it. */
    private static void assertRunning(String name) {
        assertThat(running()).contains(name);
    }

    private static List<String> running() {
        return ProcessHandle.allProcesses().map(p -> Processes.name((int) p.pid())).toList();
    }

    /** Of milk's two commands as programs, the mode and the priority are those of milk. */
    @ParameterizedTest
    @CsvSource({"1, 0", "0, 7"})
    void transferCommandsAsPrograms(int mode, int priority) throws IOException {
        try (Image source = Image.create(icc, SPEC)) {
            NumberedFrames.publish(source, source.newWriter(), 1);
            String more = " " + mode + " " + priority;
            ChildProcess rx =
                    run(rtc, "exec imnetwreceive $1" + more, port())
                            .awaitOutput("listening on", DEADLINE);
            ChildProcess tx =
                    run(icc, "exec imnetwtransmit dm01disp06 127.0.0.1 $1" + more, port())
                            .awaitOutput("connected (", DEADLINE);
            assertFlow();
            // Who polls the counter claims no semaphore.
            assertThat(ForeignImage.livingClaims(source)).isEqualTo(mode == 1 ? 0 : 1);
            assertPriority(rx, priority);
            assertPriority(tx, priority);
        }
    }

    /** The priority is set, or reported as not permitted. */
    private static void assertPriority(ChildProcess link, int priority) throws IOException {
        boolean refused = link.errors().contains("SCHED_FIFO " + priority);
        assertThat(highestPriority(link)).isEqualTo(refused ? 0 : priority);
    }

    /** Returns the highest real-time priority of the threads of a process, 0 for none. */
    private static int highestPriority(ChildProcess process) throws IOException {
        int highest = 0;
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
                highest = Math.max(highest, Integer.parseInt(fields[RT_PRIORITY_FIELD - 3]));
            }
        }
        return highest;
    }
}
