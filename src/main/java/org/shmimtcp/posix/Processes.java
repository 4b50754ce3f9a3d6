package org.shmimtcp.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Which processes are alive, as far as their numbers tell. */
public final class Processes {
    private static final MemorySegment KILL = Libc.function("kill");
    private static final MemorySegment GETTID = Libc.function("gettid");

    /** Of proc_pid_stat(5), counted from 1. */
    private static final int START_TIME_FIELD = 22;

    private static final Path OWN_NAME = Path.of("/proc/self/comm");

    /** What the kernel keeps of it. */
    private static final int NAME_BYTES = 15;

    private static final int OWN_PID = (int) ProcessHandle.current().pid();

    private Processes() {}

    public static int ownPid() {
        return OWN_PID;
    }

    /** The kernel's number of the calling thread, as below {@code /proc/self/task}. */
    public static long ownThreadId() {
        return Libc.call(GETTID, 0, 0);
    }

    /**
     * For how long a thread of this process has been on a CPU, ns; -1 if there is none.
     *
     * @param threadId from {@link #ownThreadId}
     */
    public static long threadCpuNs(long threadId) {
        try {
            String stat = Files.readString(Path.of("/proc/self/task/" + threadId + "/schedstat"));
            return Long.parseLong(stat.substring(0, stat.indexOf(' ')));
        } catch (IOException | IndexOutOfBoundsException | NumberFormatException none) {
            return -1;
        }
    }

    /** True if a process of that number exists, whoever owns it; false for 0 and below. */
    public static boolean isAlive(int pid) {
        return pid > 0 && Libc.call(KILL, pid, 0) != -Errno.ESRCH;
    }

    /**
     * When the process of that number started, in the kernel's ticks since it booted: together with
     * the number this names a process for good. -1 if there is none.
     */
    public static long startTicks(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The name, in brackets, may have any characters; the state, field 3, comes after it.
            List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
            return Long.parseLong(fields.get(START_TIME_FIELD - 3));
        } catch (IOException gone) {
            return -1;
        }
    }

    /**
     * True if a process runs as that user, by any of its user ids: a program that sets its user id
     * makes files with one of them. False if there is no such process.
     */
    public static boolean isOwnedBy(int pid, int uid) {
        String wanted = Integer.toUnsignedString(uid);
        try (Stream<String> lines =
                Files.lines(Path.of("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("Uid:"))
                    .flatMap(line -> Stream.of(line.split("\\s+")))
                    .anyMatch(wanted::equals);
        } catch (IOException | UncheckedIOException gone) {
            return false;
        }
    }

    /**
     * Gives this process the short name that {@code ps}, {@code top} and {@code killall} know it
     * by, of which the kernel keeps 15 bytes: every JVM would else be {@code java}.
     */
    public static void rename(String name) {
        try {
            Files.writeString(OWN_NAME, name);
        } catch (IOException cannot) {
            // it stays what it is
        }
    }

    /**
     * The process's short name, as {@code ps -o comm} shows it; if the kernel may have cut it, the
     * word of its command line that begins so. Empty if there is none.
     */
    public static String name(int pid) {
        try {
            String comm = Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
            return comm.length() < NAME_BYTES ? comm : whole(comm, command(pid));
        } catch (IOException gone) {
            return "";
        }
    }

    private static String whole(String comm, List<String> command) {
        return command.stream()
                .map(word -> word.substring(word.lastIndexOf('/') + 1))
                .filter(word -> word.startsWith(comm))
                .findFirst()
                .orElse(comm);
    }

    /** The words it was started with; none if it is gone. */
    public static List<String> command(int pid) {
        try {
            String words = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
            return List.of(words.split("\0", -1));
        } catch (IOException goneOrNoText) {
            return List.of();
        }
    }
}
