package org.shmimtcp.link;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.shmimtcp.cli.Main;
import org.shmimtcp.testing.ChildProcess;

/** The commands as processes of their own, on this machine or in a namespace of its own. */
final class Programs {
    static final Duration START = Duration.ofSeconds(20);

    /** As the launcher has it. */
    private static final List<String> JVM =
            List.of("-XX:+UseSerialGC", "-Xmx512m", "-XX:-UsePerfData");

    private Programs() {}

    static ChildProcess receiver(
            UnaryOperator<List<String>> where, Path directory, int port, String... options) {
        List<String> words = new ArrayList<>(List.of("shmimTCPreceive"));
        words.addAll(List.of(options));
        words.add(Integer.toString(port));
        return start(where, directory, words);
    }

    static ChildProcess transmitter(
            UnaryOperator<List<String>> where,
            Path directory,
            String stream,
            String host,
            int port,
            String... options) {
        List<String> words = new ArrayList<>(List.of("shmimTCPtransmit", "--foreground"));
        words.addAll(List.of(options));
        words.addAll(List.of(stream, host, Integer.toString(port)));
        return start(where, directory, words);
    }

    private static ChildProcess start(
            UnaryOperator<List<String>> where, Path directory, List<String> words) {
        List<String> command =
                ChildProcess.javaCommand(JVM, Main.class, words.toArray(String[]::new));
        return ChildProcess.start(
                Map.of("MILK_SHM_DIR", directory.toString()), where.apply(command));
    }
}
