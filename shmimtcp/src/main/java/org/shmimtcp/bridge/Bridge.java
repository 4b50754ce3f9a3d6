package org.shmimtcp.bridge;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.text.PlainText;
import org.shmimtcp.tmux.SessionMark;
import org.shmimtcp.tmux.SessionScript;
import org.shmimtcp.tmux.ShellWords;

/**
 * Executes a {@link Plan}. Links that work are left alone; if a step fails, everything that this
 * run started is undone.
 */
public final class Bridge {
    private static final Duration STEP_TIMEOUT = Duration.ofSeconds(20);
    private static final long POLL_NS = 250_000_000L;

    /** Time for another program to finish a stream that it is creating. */
    private static final long UNFINISHED_NS = 1_000_000_000L;

    private static final Pattern MADE = Pattern.compile("(?m)^made (\\d+)$");

    /** A transmitter prints its session in this form. */
    private static final Pattern ATTACH = Pattern.compile("tmux attach -t (\\S+)");

    private final Plan plan;
    private final Map<Host, Machine> machines = new HashMap<>();
    private final Consumer<String> say;
    private final long deadlineNs;
    private final Duration timeout;
    private Map<Host, Facts> facts = Map.of();
    private final Map<Link, Long> copiesBefore = new HashMap<>();
    private final ImageDirectory directory;
    private final UndoList undo;
    private final BooleanSupplier stopped;

    /** Identifies this run among all runs on any machine. */
    private final String id = UUID.randomUUID().toString();

    /** The status of one link end, and the role of its machine. */
    public record End(String role, LinkStatus status) {}

    /**
     * @param directory the directory of streams on this machine, which also holds the locks between
     *     runs
     * @param machine returns what runs scripts on a host
     * @param say receives each progress message
     * @param timeout for the whole run
     * @param stopped true to give up; checked between steps
     */
    public Bridge(
            Plan plan,
            ImageDirectory directory,
            Function<Host, Machine> machine,
            Consumer<String> say,
            Duration timeout,
            BooleanSupplier stopped) {
        this.plan = plan;
        this.stopped = stopped;
        plan.machines().forEach(host -> machines.put(host, machine.apply(host)));
        this.say = line -> say.accept(PlainText.of(line)); // it contains text from other machines
        this.timeout = timeout;
        this.directory = directory;
        this.undo = new UndoList(plan, this::machine, this.say, STEP_TIMEOUT);
        this.deadlineNs = Clock.monotonicNs() + timeout.toNanos();
    }

    /**
     * Sets up all links and checks that frames arrive.
     *
     * @throws BridgeException if a link cannot be set up; everything started in this run is then
     *     undone
     */
    public void up() {
        LinkLocks locks = lock();
        try (locks) {
            upLocked();
        }
    }

    private LinkLocks lock() {
        return LinkLocks.take(directory, plan, deadlineNs, stopped, say);
    }

    private void upLocked() {
        collectFacts();
        plan.steps().forEach(this::checkProgram);
        if (plan.links().stream().anyMatch(link -> streams(link).isUnfinished())) {
            LockSupport.parkNanos(UNFINISHED_NS);
            collectFacts();
        }
        for (Link link : plan.links()) {
            streams(link).check();
        }
        try {
            Set<Link> restarted = new LinkedHashSet<>();
            for (Step step : plan.steps()) {
                checkStopped();
                switch (step.kind()) {
                    case START_RECEIVER -> startReceiver(step, restarted);
                    case MAKE_STREAM -> makeStream(step);
                    case START_TRANSMITTER -> startTransmitter(step, restarted);
                    default -> throw new IllegalStateException(step.toString());
                }
            }
            awaitFrames(restarted);
        } catch (RuntimeException | Error e) {
            undo.undoAll();
            throw e;
        }
    }

    private void checkStopped() {
        if (stopped.getAsBoolean()) {
            throw new BridgeException("interrupted");
        }
    }

    /**
     * Takes all links down. A link end that does not run is not an error.
     *
     * @return false if something of a link still runs that this plan does not end
     */
    public boolean down() {
        LinkLocks locks = lock();
        try (locks) {
            return downLocked();
        }
    }

    private boolean downLocked() {
        collectFacts();
        Map<Link, Set<Step.Kind>> missing = new LinkedHashMap<>();
        for (Step step : plan.steps()) {
            Optional<Facts.Pane> pane = at(step.at()).pane(step);
            if (pane.isEmpty()) {
                missing.computeIfAbsent(step.link(), l -> EnumSet.noneOf(Step.Kind.class))
                        .add(step.kind());
                say.accept(step.link().name() + ": no " + word(step) + " runs on " + step.at());
                continue;
            }
            String session = pane.get().session();
            run(step, SessionScript.end(session), session);
            say.accept(step.link().name() + ": " + step + ", session " + session);
        }
        boolean all = true;
        for (Map.Entry<Link, Set<Step.Kind>> entry : missing.entrySet()) {
            Link link = entry.getKey();
            Facts from = at(from(link));
            for (String line : LeftRunning.find(plan, link, entry.getValue(), from, at(to(link)))) {
                say.accept(link.name() + ": " + line);
                all = false;
            }
        }
        return all;
    }

    private static String word(Step step) {
        return step.kind() == Step.Kind.END_RECEIVER ? "receiver" : "transmitter";
    }

    /**
     * Reports the state of all links.
     *
     * @param ends receives the statuses of all link ends first
     * @return true if all links are well
     */
    public boolean report(Consumer<List<End>> ends) {
        collectFacts();
        List<End> all = new ArrayList<>();
        for (Link link : plan.links()) {
            at(from(link))
                    .transmitter(link.stream(), to(link).address(), link.port())
                    .ifPresent(status -> all.add(new End(link.from(), status)));
            at(to(link))
                    .receiver(link.port())
                    .ifPresent(status -> all.add(new End(link.to(), status)));
        }
        ends.accept(all);
        boolean well = true;
        for (Link link : plan.links()) {
            Verdict verdict = verdict(link, false);
            well &= verdict.isWell();
            say.accept(line(link, verdict));
        }
        return well;
    }

    private static String line(Link link, Verdict verdict) {
        return link.name() + " " + link.from() + " to " + link.to() + ": " + verdict.text();
    }

    private Verdict verdict(Link link, boolean restarted) {
        return Verdict.of(
                link, end(from(link)), end(to(link)), restarted ? copiesBefore.get(link) : null);
    }

    private Verdict.End end(Host host) {
        return new Verdict.End(host, plan.programs(host), at(host));
    }

    private Host from(Link link) {
        return plan.host(link.from());
    }

    private Host to(Link link) {
        return plan.host(link.to());
    }

    private Facts at(Host host) {
        Facts found = facts.get(host);
        if (found == null) {
            throw new IllegalStateException(host.toString());
        }
        return found;
    }

    private Machine machine(Host host) {
        Machine found = machines.get(host);
        if (found == null) {
            throw new IllegalStateException(host.toString());
        }
        return found;
    }

    /** Collects the current {@link Facts} of all machines. */
    private void collectFacts() {
        boolean first = facts.isEmpty();
        Map<Host, Facts> found = new HashMap<>();
        for (Host host : machines.keySet()) {
            Set<String> streams = new LinkedHashSet<>();
            Set<String> addresses = new LinkedHashSet<>();
            for (Link link : plan.links()) {
                if (link.from().equals(host.role())) {
                    streams.add(link.stream());
                    addresses.add(to(link).address());
                }
                if (link.to().equals(host.role())) {
                    streams.add(link.copy());
                }
            }
            Machine.Output output =
                    machine(host).run(Facts.script(streams, addresses), STEP_TIMEOUT);
            found.put(host, Facts.parse(output.text(), host.toString()));
        }
        facts = found;
        if (first) {
            for (Link link : plan.links()) {
                Facts.Stream copy = at(to(link)).streams().get(link.copy());
                if (copy != null) {
                    copiesBefore.put(link, copy.cnt0());
                }
            }
        }
    }

    private void checkProgram(Step step) {
        Map<String, String> programs = at(step.at()).programs();
        String needed =
                switch (step.kind()) {
                    case START_RECEIVER -> "shmimTCPreceive";
                    case START_TRANSMITTER -> "shmimTCPtransmit";
                    default -> "mk2Dim";
                };
        if (!programs.containsKey("tmux") && step.kind() != Step.Kind.MAKE_STREAM) {
            throw new BridgeException("there is no tmux on " + step.at() + ": install it there");
        }
        if (!programs.containsKey(needed)) {
            throw new BridgeException(
                    "there is no "
                            + needed
                            + " on the PATH of a login shell on "
                            + step.at()
                            + ": put a link to it into /usr/local/bin there"
                            + (plan.naming() == Plan.Naming.BY_PORT
                                    ? ""
                                    : ", or say where it is with bin = \"…\" in [hosts."
                                            + step.at().role()
                                            + "] of the site's file"));
        }
    }

    private StreamCheck streams(Link link) {
        Host from = from(link);
        Host to = to(link);
        return new StreamCheck(link, from, at(from), to, at(to), plan.receiverSession(link));
    }

    private void startReceiver(Step step, Set<Link> restarted) {
        Link link = step.link();
        Facts there = at(step.at());
        Optional<Facts.Pane> pane = there.pane(step);
        Optional<LinkStatus> running =
                there.receiver(link.port()).filter(s -> !s.isSilent(there.timeMs()));
        boolean listens = there.ports().contains(link.port());
        boolean byMilk = plan.programs(step.at()) == Peer.MILK;
        boolean isWell = byMilk ? pane.isPresent() && !pane.get().dead() : running.isPresent();
        if (isWell && (listens || byMilk)) {
            return;
        }
        if (listens && (pane.isEmpty() || pane.get().dead())) {
            throw new BridgeException(
                    link.name()
                            + ": port "
                            + link.port()
                            + " on "
                            + step.at()
                            + " is in use by another program"
                            + holder(step));
        }
        restarted.add(link);
        startSession(step, SessionScript.awaitListening(step.session(), link.port()));
        say.accept(
                link.name() + ": receiver started on " + step.at() + ", session " + step.session());
    }

    /**
     * Starts the session of a step, in place of an earlier one of the same link.
     *
     * @param afterwards script that waits until it works; empty for none
     */
    private void startSession(Step step, String afterwards) {
        String session = step.session();
        Facts there = at(step.at());
        String ended = there.pane(step).map(Facts.Pane::session).orElse("");
        if (!ended.equals(session) && there.hasSession(session)) {
            throw new BridgeException(
                    step.link().name()
                            + ": tmux session "
                            + session
                            + " on "
                            + step.at()
                            + " was not created for a link: rename it there, or end it ("
                            + SessionScript.close(session)
                            + ")");
        }
        String run = runOf(step);
        undo.add(step, SessionScript.undo(run));
        run(
                step,
                (ended.isEmpty() ? "" : SessionScript.end(ended) + "\n")
                        + step.command()
                        + " || exit 4\n"
                        + SessionScript.markRun(session, run)
                        + "\n"
                        + afterwards,
                session);
    }

    private String holder(Step step) {
        String script =
                "ss -Hltnp 'sport = :"
                        + step.link().port()
                        + "' | sed -n 's/.*users:((\\(.*\\)))/\\1/p'";
        String who = machine(step.at()).run(script, STEP_TIMEOUT).text().strip();
        return who.isEmpty() || who.contains("\n") ? "" : ": " + who;
    }

    private void makeStream(Step step) {
        String stream = step.link().stream();
        if (at(step.at()).streams().containsKey(stream)) {
            return;
        }
        String file =
                Facts.DIRECTORY_SCRIPT + "f=$d/" + ShellWords.quote(stream + ImageDirectory.SUFFIX);
        String said =
                run(
                        step,
                        file
                                + "\nif [ -e \"$f\" ]; then echo there; exit; fi\n"
                                + step.command()
                                + " || exit 4\necho \"made $(stat -Lc %i \"$f\")\"",
                        "");
        Matcher made = MADE.matcher(said);
        if (!made.find()) {
            return; // another process has created it meanwhile
        }
        // Removes only this file. If the stream was re-created since, it belongs to another
        // process.
        undo.add(
                step,
                file
                        + "\n[ \"$(stat -Lc %i \"$f\" 2>/dev/null)\" != "
                        + made.group(1)
                        + " ] || shmim rm "
                        + ShellWords.quote(stream));
        say.accept(step.link().name() + ": stream made on " + step.at());
    }

    private void startTransmitter(Step step, Set<Link> restarted) {
        Link link = step.link();
        if (plan.programs(step.at()) == Peer.MILK) {
            startMilkTransmitter(step, restarted);
            return;
        }
        Optional<LinkStatus> running =
                at(step.at()).transmitter(link.stream(), to(link).address(), link.port());
        // paused on purpose counts as connected
        boolean connected = running.filter(LinkStatus::hasConnection).isPresent();
        if (connected && !restarted.contains(link)) {
            return;
        }
        if (running.isPresent() && at(step.at()).pane(step).isEmpty()) {
            say.accept(link.name() + ": a transmitter runs already on " + step.at());
            return;
        }
        restarted.add(link);
        String run = runOf(step);
        undo.add(step, SessionScript.undo(run));
        String said =
                run(
                        step,
                        "export " + SessionMark.RUN_VARIABLE + "=" + run + "\n" + step.command(),
                        "");
        Matcher session = ATTACH.matcher(said);
        say.accept(
                link.name()
                        + ": transmitter started on "
                        + step.at()
                        + ", session "
                        + (session.find() ? session.group(1) : step.session()));
    }

    /** A C transmitter publishes no state, so the receiver's shows whether it is connected. */
    private void startMilkTransmitter(Step step, Set<Link> restarted) {
        Link link = step.link();
        boolean connected =
                at(to(link)).receiver(link.port()).filter(LinkStatus::hasConnection).isPresent();
        if (connected && !restarted.contains(link)) {
            return;
        }
        restarted.add(link);
        startSession(step, "");
        say.accept(
                link.name()
                        + ": transmitter started on "
                        + step.at()
                        + ", session "
                        + step.session());
    }

    /**
     * Returns the mark of everything that a step of this run creates. Undoing ends exactly what has
     * this mark.
     */
    private String runOf(Step step) {
        return id + "-" + plan.steps().indexOf(step);
    }

    private String run(Step step, String script, String session) {
        Machine.Output output = machine(step.at()).run(script, STEP_TIMEOUT);
        if (output.exitCode() != 0) {
            String said =
                    String.join(
                            " | ",
                            output.text()
                                    .lines()
                                    .map(String::strip)
                                    .filter(line -> !line.isEmpty())
                                    .filter(line -> !line.startsWith("Pane is dead"))
                                    .toList());
            throw new BridgeException(
                    step.link().name()
                            + ": "
                            + step
                            + " failed"
                            + (session.isEmpty() ? "" : " (session " + session + ")")
                            + "; it said: "
                            + (said.isEmpty() ? "nothing" : said));
        }
        return output.text();
    }

    /** Polls both ends until each link is well or paused on purpose. */
    private void awaitFrames(Set<Link> restarted) {
        Set<Link> open = new LinkedHashSet<>(plan.links());
        while (true) {
            checkStopped();
            collectFacts();
            Link failed = null;
            @Nullable String reason = null;
            for (Link link : List.copyOf(open)) {
                Verdict verdict = verdict(link, restarted.contains(link));
                if (verdict.isUp()) {
                    say.accept(line(link, verdict));
                    open.remove(link);
                } else {
                    failed = link;
                    reason = verdict.text();
                }
            }
            if (failed == null) {
                return;
            }
            if (Clock.monotonicNs() - deadlineNs > 0) {
                throw new BridgeException(
                        failed.name()
                                + ": no frames arrive within "
                                + timeout.toSeconds()
                                + " s: "
                                + reason);
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }
}
