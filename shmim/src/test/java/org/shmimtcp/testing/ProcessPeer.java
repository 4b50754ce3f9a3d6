package org.shmimtcp.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code procpeer}, an independent C program that reads and writes process information as milk
 * does. Tests that use it are skipped if there is no C compiler.
 *
 * @param directory the directory of the process list
 */
public record ProcessPeer(Path directory) {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    /** A slot in use. */
    public record Slot(int index, int pid, int active, String name) {}

    /** Starts one of its commands. */
    public ChildProcess start(String verb, String... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                CCompiler.compile("procpeer").toString(),
                                verb,
                                directory.toString()));
        command.addAll(List.of(arguments));
        return ChildProcess.start(Map.of(), command);
    }

    private String run(String verb, String... arguments) {
        return start(verb, arguments).awaitSuccess(DEADLINE);
    }

    /** Returns all slots in use. */
    public List<Slot> slots() {
        return run("list")
                .lines()
                .map(line -> line.split(" ", -1))
                .map(w ->
                        new Slot(
                                Integer.parseInt(w[0]),
                                Integer.parseInt(w[1]),
                                Integer.parseInt(w[2]),
                                w[3]))
                .toList();
    }

    /** Waits until a process is in the list and its file exists. */
    public void awaitShown(String name) {
        Await.until(
                DEADLINE, name + " in the list", () -> start("get", name).awaitExit(DEADLINE) == 0);
    }

    /** Returns the fields that a process publishes, by milk's names. */
    public Map<String, String> show(String name) {
        Map<String, String> fields = new LinkedHashMap<>();
        run("show", name)
                .lines()
                .map(line -> line.split("=", 2))
                .forEach(words -> fields.put(words[0], words[1]));
        return fields;
    }

    /** Returns the control value of a process. */
    public int control(String name) {
        return Integer.parseInt(run("get", name).strip());
    }

    /** Sets the control value of a process. */
    public void control(String name, int value) {
        run("set", name, Integer.toString(value));
    }

    /** Writes a slot of the list. Creates the list if it is missing. */
    public void slot(int index, int pid, int active, String name) {
        run("slot", "" + index, "" + pid, "" + active, name);
    }
}
