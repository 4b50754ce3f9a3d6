package org.shmimtcp.posix;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which processes are alive, as far as their numbers tell. */
public final class Processes {
    private static final MemorySegment KILL = Libc.function("kill");
    private static final int OWN_PID = (int) ProcessHandle.current().pid();

    private Processes() {}

    public static int ownPid() {
        return OWN_PID;
    }

    /** True if a process of that number exists, whoever owns it; false for 0 and below. */
    public static boolean isAlive(int pid) {
        return pid > 0 && Libc.call(KILL, pid, 0) != -Errno.ESRCH;
    }

    /** The process's short name, as {@code ps -o comm} shows it; empty if there is none. */
    public static String name(int pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/comm")).strip();
        } catch (IOException gone) {
            return "";
        }
    }
}
