package org.shmimtcp.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.ChildProcesses;
import org.shmimtcp.testing.ForeignImage;
import org.shmimtcp.testing.NumberedFrames;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.tmux.Tmux;

/** Types scripts for milk's prompt into tmux; {@code cacao} is a link to the launcher. */
@ExtendWith(ChildProcesses.class)
class PromptScriptIT {
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
        Files.createSymbolicLink(bin.resolve("cacao"), Path.of(Programs.launcher("shmim")));
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
        List<String> command = new java.util.ArrayList<>(List.of("tmux"));
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

    /** The lines that milk's and MagAO-X's scripts send to the prompt. */
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
}
