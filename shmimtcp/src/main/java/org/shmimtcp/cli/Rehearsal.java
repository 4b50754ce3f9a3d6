package org.shmimtcp.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.process.ProcessExit;

/**
 * Runs commands from standard input, one per line, in this JVM. The next one starts after two
 * seconds at the latest, so a transmitter finds the receiver that was started before it. This is
 * the training run for the AOT cache that makes the launcher fast (see {@code
 * src/main/aot/make-cache.sh}).
 */
final class Rehearsal {

    private static final Duration LONGEST_COMMAND = Duration.ofSeconds(2);

    private Rehearsal() {}

    public static void main(String[] ignored) throws IOException, InterruptedException {
        var lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                        .lines()
                        .toList();
        Processes.rename(ShmimCommand.NAME);
        Context context = Context.ofProcess(false);
        PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
        for (String line : lines) {
            Thread command =
                    Thread.ofPlatform()
                            .daemon()
                            .start(() -> Main.run(List.of(line.split(" ")), context, out, out));
            command.join(LONGEST_COMMAND);
        }
        ProcessExit.with(0);
    }
}
