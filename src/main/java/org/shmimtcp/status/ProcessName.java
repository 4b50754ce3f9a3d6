package org.shmimtcp.status;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.posix.Processes;

/** A process as messages show it: {@code cacao(4711)}. */
public record ProcessName(int pid, String name) {
    /** Those that are typed without {@code shmim} before them. */
    private static final Set<String> PROGRAMS =
            Set.of("shmimTCPtransmit", "shmimTCPreceive", "mk2Dim", "dmdispbridge");

    public static ProcessName of(int pid) {
        String name = Processes.name(pid);
        return new ProcessName(pid, StreamName.printable(name.equals("java") ? java(pid) : name));
    }

    /** Our own programs by what was typed; {@code java} would tell nobody anything. */
    private static String java(int pid) {
        List<String> words = Processes.command(pid);
        int command = words.indexOf("org.shmimtcp.cli.Main") + 1;
        if (command == 0 || command >= words.size() || words.get(command).isEmpty()) {
            return "java";
        }
        String word = words.get(command);
        return PROGRAMS.contains(word) ? word : "shmim " + word;
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
