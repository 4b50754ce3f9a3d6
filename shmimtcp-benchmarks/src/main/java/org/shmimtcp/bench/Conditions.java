package org.shmimtcp.bench;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a run, the same for all pairs.
 *
 * @param hosts true to keep source and transmitter on CPU 0, and receiver and sink on CPU 1
 * @param ordinary true to run source and sink without real-time priority
 * @param priority SCHED_FIFO priority of both ends of all pairs, 0 for none; null for each
 *     program's own default
 */
record Conditions(boolean hosts, boolean ordinary, @Nullable Integer priority) {
    /** Returns what starts a program of the source's machine; empty for nothing. */
    List<String> atSource() {
        return onCpu("0");
    }

    /** Returns what starts a program of the copy's machine; empty for nothing. */
    List<String> atCopy() {
        return onCpu("1");
    }

    private List<String> onCpu(String cpu) {
        return hosts ? List.of("taskset", "--cpu-list", cpu) : List.of();
    }

    /** Returns the words of shmpeer that set the priority of a C end, with what follows. */
    String[] endOfC(String... words) {
        return priority == null || priority == 0
                ? words
                : prefixed(Integer.toString(priority), words);
    }

    /** Returns the words of shmpeer for a source or a sink. */
    String[] sourceOrSink(String itsPriority, String... words) {
        return ordinary ? words : prefixed(itsPriority, words);
    }

    /**
     * Returns the options of shmimTCP's ends.
     *
     * @param own what a pair has of its own; its priority, if it has one, takes precedence
     */
    List<String> options(List<String> own) {
        List<String> all = new ArrayList<>();
        if (priority != null && own.stream().noneMatch(Conditions::setsPriority)) {
            all.addAll(List.of("-p", Integer.toString(priority)));
        }
        all.addAll(own);
        return all;
    }

    private static boolean setsPriority(String option) {
        return option.startsWith("-p") || option.startsWith("--priority");
    }

    /**
     * True if losses of a run without a link tell that the machine was taken away. At ordinary
     * priority, source and sink lose frames whenever anything else runs.
     */
    boolean lossesTellDisturbance() {
        return !ordinary;
    }

    private static String[] prefixed(String priority, String... words) {
        List<String> all = new ArrayList<>(List.of("-f", priority));
        all.addAll(List.of(words));
        return all.toArray(String[]::new);
    }
}
