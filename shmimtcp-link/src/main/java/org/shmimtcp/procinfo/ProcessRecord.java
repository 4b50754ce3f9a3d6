package org.shmimtcp.procinfo;

import java.io.IOException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.link.Control;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.LinkState;
import org.shmimtcp.loop.Loop;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.procinfo.ProcessLayout.Command;
import org.shmimtcp.procinfo.ProcessLayout.State;
import org.shmimtcp.tmux.Tmux;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entry of one link end in milk-procCTRL: its file, its slot in the list, and the commands it
 * receives there. A failure here never stops the link: it is logged once, and the entry is tried
 * again.
 */
final class ProcessRecord implements org.shmimtcp.loop.Observer {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessRecord.class);
    private static final String TRANSMITTER = "ntw-tx-";
    private static final String RECEIVER = "ntw-receive-";
    private static final String SUBSCRIPTION = "ntw-sub-";

    /** The number of calls of {@link #refresh} between two tries to create the entry. */
    private static final int RETRY_REFRESHES = 10;

    /** Names in use by link ends of this process: each has its own. */
    private static final Set<String> NAMES = new HashSet<>();

    private final ProcessInfo info;
    private final LinkEnd end;
    private final Control control;
    private final String name;
    private final ProcessFile.Identity identity;
    private final String label;
    private @Nullable ProcessFile file;
    private @Nullable ProcessList list;
    private int slot;
    private int command = Command.RUN;
    private int refreshesToWait;
    private boolean warned;
    private boolean closed;
    private long lastFrames;
    private long lastCpuNs = -1;
    private long lastNs = Clock.monotonicNs();

    ProcessRecord(ProcessInfo info, LinkEnd end, String program, int priority) {
        this.info = info;
        this.end = end;
        this.control = end.control();
        LinkEnd.Link link = end.glance();
        boolean sends = link.role() == LinkEnd.Role.TRANSMITTER;
        boolean receives = link.role() == LinkEnd.Role.RECEIVER && link.origins() == null;
        String what = link.traffic().what();
        String peer = link.now().peer();
        String wanted =
                sends
                        ? TRANSMITTER + what
                        : receives ? RECEIVER + link.port() : SUBSCRIPTION + what;
        this.name = ownName(wanted, link.port());
        String from = peer == null ? what : what + " from " + peer; // none while it is not found
        this.label = sends ? what + " to " + peer : receives ? "port " + link.port() : from;
        this.identity =
                new ProcessFile.Identity(
                        name,
                        program,
                        "shmimTCP " + version(),
                        receives ? "receives on " + label : label,
                        sends ? what : "",
                        priority);
    }

    /** Returns milk's name; with the port appended if this process already uses that name. */
    private static String ownName(String wanted, int port) {
        synchronized (NAMES) {
            String own = fit(wanted, "");
            for (int i = 0; !NAMES.add(own); i++) {
                own = fit(wanted, "-" + (port + i));
            }
            return own;
        }
    }

    /**
     * Cuts a name to the length of the field, and replaces characters that milk's tools cannot
     * handle.
     */
    private static String fit(String name, String suffix) {
        String plain = name.replaceAll("[^\\x21-\\x7e]", "_");
        int room = ProcessLayout.NAME_BYTES - 1 - suffix.length();
        return plain.substring(0, Math.min(plain.length(), room)) + suffix;
    }

    private static String version() {
        String version = ProcessRecord.class.getPackage().getImplementationVersion();
        return version == null ? "not packaged" : version;
    }

    @Override
    public synchronized void tick() {
        ProcessFile shown = file;
        if (closed) {
            return;
        }
        if (shown == null) {
            if (refreshesToWait == 0) {
                appear();
            }
            return;
        }
        try {
            int wanted = shown.control();
            if (wanted != command) {
                obey(shown, wanted);
            }
        } catch (IOException e) {
            disappear(e);
        }
    }

    private void obey(ProcessFile shown, int wanted) throws IOException {
        boolean wasHeld = control.isHeld();
        command = wanted;
        switch (wanted) {
            case Command.RUN -> {
                control.release();
                if (wasHeld) {
                    LOG.atInfo()
                            .addKeyValue("link", label)
                            .log("{}: resumed by milk-procCTRL", label);
                }
            }
            case Command.PAUSE, Command.IDLE -> {
                control.hold();
                sayPaused(wasHeld);
            }
            case Command.STEP -> {
                shown.control(Command.PAUSE);
                command = Command.PAUSE;
                control.step();
                sayPaused(wasHeld);
            }
            case Command.EXIT -> {
                LOG.atWarn().addKeyValue("link", label).log("{}: ended by milk-procCTRL", label);
                end.stop();
            }
            default -> LOG.warn("{}: unknown command {} from milk-procCTRL", label, wanted);
        }
        shown.progress(progress(end.glance(), 0));
    }

    private void sayPaused(boolean wasHeld) {
        if (!wasHeld) {
            LOG.atWarn()
                    .addKeyValue("link", label)
                    .log("{}: paused by milk-procCTRL: no frame passes until it sends run", label);
        }
    }

    @Override
    public synchronized void refresh() {
        refreshesToWait = Math.max(0, refreshesToWait - 1);
        ProcessFile shown = file;
        ProcessList entered = list;
        if (closed || shown == null || entered == null) {
            return;
        }
        try {
            if (!shown.isCurrent() || !entered.isCurrent()) {
                disappear(null);
                appear();
                return;
            }
            stay(entered);
            update(shown);
        } catch (IOException e) {
            disappear(e);
        }
    }

    /**
     * Reclaims the slot if it is lost: a C program may have claimed it at the same moment, or
     * re-created the list.
     */
    private void stay(ProcessList entered) throws IOException {
        if (!entered.isMine(slot, name)) {
            int found = entered.findMine(name);
            slot = found >= 0 ? found : entered.claim(name, createTime());
        }
        entered.confirm(slot);
    }

    private double createTime() {
        ProcessFile shown = file;
        return shown == null ? 0 : shown.createTime();
    }

    private void update(ProcessFile shown) throws IOException {
        LinkEnd.Link link = end.glance();
        long nowNs = Clock.monotonicNs();
        long elapsedNs = Math.max(1, nowNs - lastNs);
        long frames = link.traffic().out() - lastFrames;
        long cpuNs = Processes.threadCpuNs(control.threadId());
        shown.progress(progress(link, Math.max(0, frames) * 1e9 / elapsedNs));
        if (frames > 0 && lastCpuNs >= 0) {
            long busyNs = Math.max(0, cpuNs - lastCpuNs);
            shown.timing(new ProcessFile.Timing(elapsedNs / frames, busyNs / frames));
        }
        lastFrames = link.traffic().out();
        lastCpuNs = cpuNs;
        lastNs = nowNs;
    }

    private ProcessFile.Progress progress(LinkEnd.Link link, double framesPerS) {
        Loop.Traffic traffic = link.traffic();
        LinkState.Now now = link.now();
        // A transmitter's name contains the stream; the column is narrow.
        String what = identity.stream().isEmpty() ? " " + traffic.what() : "";
        String message =
                switch (now.state()) {
                    case CONNECTED ->
                            String.format(
                                    Locale.ROOT,
                                    "%s%s %.1f/s skipped %d %s (%s)",
                                    now.state(),
                                    what,
                                    framesPerS,
                                    traffic.skipped(),
                                    now.peer(),
                                    now.protocol());
                    case PAUSED -> now.state() + what + " " + now.peer();
                    default ->
                            now.error() == null
                                    ? now.state().text()
                                    : now.state() + ": " + now.error();
                };
        return new ProcessFile.Progress(
                state(now),
                traffic.out(),
                traffic.skipped(),
                // ASCII only, because milk may cut the text at any byte.
                StreamName.printable(message).replaceAll("[^\\x20-\\x7e]", "?"));
    }

    private int state(LinkState.Now now) {
        if (control.isHeld()) {
            return State.PAUSED;
        }
        return switch (now.state()) {
            case CONNECTED -> State.ACTIVE;
            case STOPPED -> State.STOPPED;
            default -> now.error() == null ? State.INIT : State.ERROR;
        };
    }

    private void appear() {
        try {
            ProcessList found = ProcessList.open(info.directory());
            list = found;
            command = control.isHeld() ? Command.PAUSE : Command.RUN;
            ProcessFile made = ProcessFile.make(info.directory(), info.layout(), identity, command);
            file = made;
            made.progress(progress(end.glance(), 0));
            slot = found.claim(name, made.createTime());
            Tmux.nameOwnSession(session -> inSession(made, session));
        } catch (IOException | UnsupportedOperationException e) {
            disappear(e);
        }
    }

    private synchronized void inSession(ProcessFile made, String session) {
        if (file == made) {
            try {
                made.tmuxSession(session);
            } catch (IOException e) {
                disappear(e);
            }
        }
    }

    /**
     * Removes the entry.
     *
     * @param reason logged, unless a reason was logged before; null to log nothing
     */
    private void disappear(@Nullable Exception reason) {
        ProcessFile shown = file;
        ProcessList entered = list;
        file = null;
        list = null;
        refreshesToWait = RETRY_REFRESHES;
        if (reason != null && !warned) {
            warned = true;
            LOG.warn(
                    "milk-procCTRL does not show {}: {}",
                    label,
                    reason instanceof IOException io ? IoReason.withFile(io) : IoReason.of(reason));
        }
        try {
            if (shown != null) {
                shown.close();
            }
            if (entered != null) {
                if (shown != null && entered.isMine(slot, name)) {
                    entered.release(slot);
                }
                entered.close();
            }
        } catch (IOException e) {
            LOG.debug("{}: {}", name, e.toString());
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        ProcessFile shown = file;
        if (shown != null) {
            try { // for readers that have the file mapped
                shown.progress(
                        new ProcessFile.Progress(
                                State.STOPPED,
                                end.glance().traffic().out(),
                                end.glance().traffic().skipped(),
                                "ended"));
            } catch (IOException e) {
                LOG.debug("{}: {}", name, e.toString());
            }
        }
        closed = true;
        disappear(null);
        synchronized (NAMES) {
            NAMES.remove(name);
        }
    }
}
