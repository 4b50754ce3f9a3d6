package org.shmimtcp.posix;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Information about processes, by PID. */
public final class Processes {
    /** The field number in proc_pid_stat(5), counted from 1. */
    private static final int START_TIME_FIELD = 22;

    private static final Path OWN_NAME = Path.of("/proc/self/comm");

    /** The length to which the kernel cuts a process's name. */
    private static final int NAME_BYTES = 15;

    /** How the kernel numbers the CPU clocks of threads: pthread_getcpuclockid(3). */
    private static final int THREAD_CLOCK_SHIFT = 3;

    private static final int THREAD_CLOCK = 6;

    private static final int OWN_PID = (int) ProcessHandle.current().pid();

    /**
     * Linked at the first call. Every command renames its process, and many call nothing native.
     */
    private static final class Functions {
        static final MemorySegment KILL = Libc.function("kill");
        static final MemorySegment GETTID = Libc.function("gettid");
        static final MemorySegment CLOCK_GETTIME = Libc.function("clock_gettime");

        private Functions() {}
    }

    private Processes() {}

    public static int ownPid() {
        return OWN_PID;
    }

    /** The kernel's id of the calling thread, as in {@code /proc/self/task}. */
    public static long ownThreadId() {
        return Libc.call(Functions.GETTID, 0, 0);
    }

    /**
     * The time that a thread of this process has spent on a CPU, ns; -1 if there is no such thread.
     *
     * @param threadId from {@link #ownThreadId}
     */
    public static long threadCpuNs(long threadId) {
        if (threadId <= 0) { // which would be the calling thread
            return -1;
        }
        MemorySegment timespec = Libc.timespec();
        long clock = ~threadId << THREAD_CLOCK_SHIFT | THREAD_CLOCK;
        if (Libc.call(Functions.CLOCK_GETTIME, clock, timespec.address(), 0) < 0) {
            return -1;
        }
        return NativeMemory.getLong(timespec, 0) * 1_000_000_000L
                + NativeMemory.getLong(timespec, 8);
    }

    /** Returns true if a process of that PID exists, whoever owns it; false for 0 and below. */
    public static boolean isAlive(int pid) {
        return pid > 0 && Libc.call(Functions.KILL, pid, 0) != -Errno.ESRCH;
    }

    /**
     * The time at which the process started, in the kernel's ticks since boot; -1 if there is no
     * such process. Together with the PID it identifies a process uniquely.
     */
    public static long startTicks(int pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The name, in brackets, may contain any character; the state, field 3, follows it.
            List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
            return Long.parseLong(fields.get(START_TIME_FIELD - 3));
        } catch (IOException gone) {
            return -1;
        }
    }

    /**
     * Returns true if any user id of the process is that user's: a program that sets its user id
     * creates files with one of them. False if there is no such process.
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
     * Sets the short name of this process, which {@code ps}, {@code top} and {@code killall} use
     * and the kernel cuts to 15 bytes. Without it every JVM would be {@code java}.
     */
    public static void rename(String name) {
        try {
            Files.writeString(OWN_NAME, name);
        } catch (IOException cannot) {
            // the old name stays
        }
    }

    /**
     * The process's short name, as {@code ps -o comm} shows it. If the kernel may have cut it, the
     * word of its command line that starts with it. Empty if there is no such process.
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

    /** The command line of the process, in words; empty if the process is gone. */
    public static List<String> command(int pid) {
        try {
            String words = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
            return List.of(words.split("\0", -1));
        } catch (IOException goneOrNoText) {
            return List.of();
        }
    }
}
