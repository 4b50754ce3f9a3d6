package org.shmimtcp.status;

import java.util.List;
import java.util.stream.Collectors;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.posix.Processes;

/** A process as shown in messages: {@code cacao(4711)}. */
public record ProcessName(int pid, String name) {
    public static ProcessName of(int pid) {
        return new ProcessName(pid, StreamName.printable(Processes.name(pid)));
    }

    /** Returns the processes separated by commas. */
    public static String join(List<ProcessName> processes) {
        return processes.stream().map(ProcessName::toString).collect(Collectors.joining(", "));
    }

    /**
     * Returns the process with its name; an ended process as its number and "(ended)"; "-" for
     * none.
     */
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
