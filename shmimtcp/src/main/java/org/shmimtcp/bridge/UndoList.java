package org.shmimtcp.bridge;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;

/** The scripts that undo the steps of one run, and nothing that existed before. */
final class UndoList {
    private final Plan plan;
    private final Function<Host, Machine> machine;
    private final Consumer<String> say;
    private final Duration stepTimeout;
    private final Deque<Undo> undo = new ArrayDeque<>();

    /** A step that was started, and the script that undoes it. */
    private record Undo(Step step, String script) {}

    UndoList(
            Plan plan,
            Function<Host, Machine> machine,
            Consumer<String> say,
            Duration stepTimeout) {
        this.plan = plan;
        this.machine = machine;
        this.say = say;
        this.stepTimeout = stepTimeout;
    }

    void add(Step step, String script) {
        undo.push(new Undo(step, script));
    }

    /** Undoes all steps, the last one first. */
    void undoAll() {
        if (undo.isEmpty()) {
            return;
        }
        say.accept("undoing what was started");
        boolean interrupted = Thread.interrupted(); // the flag would end each undo step, too
        Set<Link> left = new LinkedHashSet<>();
        while (!undo.isEmpty()) {
            Undo last = undo.pop();
            String reason = failure(last);
            if (reason != null) {
                say.accept("left: " + last.step() + sessionOf(last.step()) + ": " + reason);
                left.add(last.step().link());
            }
        }
        if (!left.isEmpty()) {
            say.accept("to end what is left:  " + plan.downCommand(left));
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static String sessionOf(Step step) {
        return step.session().isEmpty() ? "" : ", session " + step.session();
    }

    /** Undoes one step. Returns why it failed; null if it succeeded. */
    private @Nullable String failure(Undo one) {
        try {
            Machine.Output output = machine.apply(one.step().at()).run(one.script(), stepTimeout);
            return output.exitCode() == 0 ? null : "it said: " + output.text().strip();
        } catch (BridgeException e) {
            return e.getMessage();
        }
    }
}
