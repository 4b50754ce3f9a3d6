package org.shmimtcp.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.shmimtcp.testing.ChildProcess;
import org.shmimtcp.testing.Programs;

/** The machine and the build that the figures were measured on. */
final class Machine {
    private Machine() {}

    /** Processor, kernel, JVM and load, in one line. */
    static String describe() {
        return String.format(
                Locale.ROOT,
                "%s, %d cores; Linux %s; Java %s; load %s",
                processor(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.version"),
                System.getProperty("java.vm.version"),
                read("/proc/loadavg").split(" ", -1)[0]);
    }

    /** What determines how CPUs sleep and how TCP sends, in one line. */
    static String conditions() {
        return String.format(
                Locale.ROOT,
                "idle driver %s; governor %s; congestion control %s",
                readIfThere("/sys/devices/system/cpu/cpuidle/current_driver"),
                readIfThere("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
                readIfThere("/proc/sys/net/ipv4/tcp_congestion_control"));
    }

    private static String readIfThere(String path) {
        return Files.exists(Path.of(path)) ? read(path).strip() : "none";
    }

    /** Whether the programs start from their AOT caches, in one line. */
    static String startUp() {
        return Stream.of("shmimTCPreceive", "shmim")
                .map(command -> command + " from " + cache(command))
                .collect(Collectors.joining("; "));
    }

    private static String cache(String command) {
        String version =
                ChildProcess.start(Map.of(), List.of(Programs.launcher(command), "--version"))
                        .awaitSuccess(Duration.ofMinutes(1));
        return version.lines().filter(l -> l.startsWith("AOT cache: ")).findFirst().orElseThrow();
    }

    private static String processor() {
        return read("/proc/cpuinfo")
                .lines()
                .filter(l -> l.startsWith("model name"))
                .map(l -> l.substring(l.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown processor");
    }

    private static String read(String path) {
        try {
            return Files.readString(Path.of(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
