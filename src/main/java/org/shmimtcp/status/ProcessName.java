package org.shmimtcp.status;

import java.util.List;
import java.util.stream.Collectors;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.posix.Processes;

/** A process as messages show it: {@code cacao(4711)}. */
public record ProcessName(int pid, String name) {
    public static ProcessName of(int pid) {
        return new ProcessName(pid, StreamName.printable(Processes.name(pid)));
    }

    /** One after the other, with commas. */
    public static String join(List<ProcessName> processes) {
        return processes.stream().map(ProcessName::toString).collect(Collectors.joining(", "));
    }

    /** With the name it has; a number alone, and what became of it, where there is none. */
    public static String describe(int pid) {
        if (pid <= 0) {
            return "-";
        }
        return Processes.isAlive(pid) ? of(pid).toString() : pid + " (ended)";
    }

    @Override
    public String toString() {
        return name + "(" + pid + ")";
    }
}
