package org.shmimtcp.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.link.Protocol;
import org.shmimtcp.picture.ColorMap;
import org.shmimtcp.picture.Palette;
import org.shmimtcp.picture.Screen;
import org.shmimtcp.picture.StreamView;
import org.shmimtcp.picture.Stretch;
import org.shmimtcp.picture.Style;
import org.shmimtcp.picture.Watch;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.status.RestartRequest;
import org.shmimtcp.status.StreamStatus;
import org.shmimtcp.status.StreamStatuses;
import org.shmimtcp.table.Humane;
import org.shmimtcp.table.Table;

/** Links, publishers and streams on a screen, updated once a second, with one line selected. */
final class Top implements AutoCloseable {
    private static final long PERIOD_NS = 1_000_000_000L;
    private static final double PICTURES_PER_S = 10;
    private static final int CTRL_C = 3;
    private static final int ESCAPE = 27;
    private static final long SEQUENCE_MS = 50;

    private static final String HOME = "\u001b[H";
    private static final String LINE_END = "\u001b[K\r\n";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String BOLD = "\u001b[1m";
    private static final String REVERSE = "\u001b[7m";
    private static final String RED = "\u001b[31;1m";
    private static final String PLAIN = "\u001b[0m";

    private static final String KEYS =
            "up/down choose   Enter picture   r restart link   s sort streams   q end";

    private static final int LEAST_LINES_WITH_KEYS = 9;

    /** Columns that a narrow terminal leaves out, the least important first. */
    private static final List<String> LESS_OF_LINKS = List.of("p99", "MB/s", "IN", "PEER", "SINCE");

    private static final List<String> LESS_OF_STREAMS = List.of("TYPE", "CNT0", "WRITES", "SIZE");

    /** The sort order of the streams. */
    private enum Order {
        NAME(Comparator.comparing(StreamStatus::name)),
        RATE(Comparator.comparingDouble((StreamStatus s) -> s.rateHz() == null ? 0 : -s.rateHz())),
        AGE(Comparator.comparingDouble((StreamStatus s) -> s.ageS() == null ? 1e99 : s.ageS())),
        CNT0(Comparator.comparingLong((StreamStatus s) -> -s.cnt0()));

        @SuppressWarnings("ImmutableEnumChecker") // comparators of constants
        private final Comparator<StreamStatus> comparator;

        Order(Comparator<StreamStatus> comparator) {
            this.comparator = comparator;
        }

        Order next() {
            return switch (this) {
                case NAME -> RATE;
                case RATE -> AGE;
                case AGE -> CNT0;
                case CNT0 -> NAME;
            };
        }
    }

    /** A line that can be selected, and its stream. */
    private record Line(
            String key, String stream, String text, boolean bad, @Nullable LinkStatus link) {}

    private final ImageDirectory directory;
    private final Screen screen;
    private final StreamStatuses statuses;
    private Order order = Order.NAME;
    private @Nullable String chosen;
    private String message = "";
    private String fault = "";
    private @Nullable LinkStatus toRestart;
    private List<LinkStatus> links = List.of();
    private List<StreamStatus> streams = List.of();
    private List<Line> lines = List.of();
    private int shownFrom;

    Top(ImageDirectory directory, Screen screen) {
        this.directory = directory;
        this.screen = screen;
        this.statuses = new StreamStatuses(directory);
    }

    /** Runs until q is typed, or until stopped. */
    void run(BooleanSupplier stopped) {
        while (!stopped.getAsBoolean()) {
            poll();
            long nextNs = Clock.monotonicNs() + PERIOD_NS;
            Screen.Dimensions drawn = draw();
            while (Clock.monotonicNs() < nextNs && !stopped.getAsBoolean()) {
                long leftMs = (nextNs - Clock.monotonicNs()) / 1_000_000;
                int key = screen.readKey(Math.clamp(leftMs, 1, 100));
                if (key == 'q' || key == 'Q' || key == CTRL_C || key == Screen.CLOSED) {
                    return;
                }
                if (key != Screen.NO_KEY) {
                    act(key, stopped);
                    drawn = draw();
                } else if (!screen.size().equals(drawn)) {
                    drawn = draw();
                }
            }
        }
    }

    private void poll() {
        try {
            streams = statuses.poll();
            links = LinkStatuses.read(directory);
            fault = "";
        } catch (ImageException | IOException e) {
            fault = String.valueOf(e.getMessage());
        }
    }

    private void act(int typed, BooleanSupplier stopped) {
        int key = typed == ESCAPE ? arrow() : typed;
        LinkStatus asked = toRestart;
        toRestart = null;
        message = "";
        if (asked != null) {
            message = key == 'y' ? restart(asked) : "not restarted";
            return;
        }
        switch (key) {
            case 'k' -> move(-1);
            case 'j' -> move(1);
            case 's' -> order = order.next();
            case 'r' -> askToRestart();
            case '\r', '\n' -> show(stopped);
            default -> message = "unknown key";
        }
    }

    /** Returns the letter equivalent to an arrow key; 0 for another escape sequence. */
    private int arrow() {
        int second = screen.readKey(SEQUENCE_MS);
        if (second != '[' && second != 'O') {
            return 0;
        }
        return switch (screen.readKey(SEQUENCE_MS)) {
            case 'A' -> 'k';
            case 'B' -> 'j';
            default -> 0;
        };
    }

    private int chosenIndex() {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).key().equals(chosen)) {
                return i;
            }
        }
        return -1;
    }

    private void move(int by) {
        if (!lines.isEmpty()) {
            int at = chosenIndex();
            int next = at < 0 ? 0 : Math.clamp(at + by, 0, lines.size() - 1);
            chosen = lines.get(next).key();
        }
    }

    private void askToRestart() {
        int at = chosenIndex();
        toRestart = at < 0 ? null : lines.get(at).link();
        if (toRestart == null) {
            message = "choose a link first: up, down";
        } else if (toRestart.publishes()) {
            toRestart = null;
            message = "a publisher has no connection to restart: its clients connect";
        }
    }

    private String restart(LinkStatus link) {
        try {
            RestartRequest.make(directory, link);
            return name(link) + ": restarts within a second";
        } catch (IOException e) {
            return name(link) + ": not restarted: " + Failures.message(e);
        }
    }

    private static String name(LinkStatus link) {
        return StreamName.printable(link.stream()) + " " + link.kind();
    }

    private void show(BooleanSupplier stopped) {
        int at = chosenIndex();
        if (at < 0) {
            message = "choose a line first: up, down";
            return;
        }
        Palette palette = Palette.of(System.getenv());
        boolean fine = palette.colors() == Palette.Colors.TRUE;
        Style style =
                new Style(fine ? ColorMap.VIRIDIS : ColorMap.GREY, Stretch.LINEAR, null, false);
        try (StreamView view =
                new StreamView(directory, lines.get(at).stream(), StreamView.NEWEST)) {
            new Watch(view, style, palette).live(screen, PICTURES_PER_S, stopped);
        } catch (ImageException e) {
            message = String.valueOf(e.getMessage());
        }
    }

    private Screen.Dimensions draw() {
        Screen.Dimensions size = screen.size();
        List<Line> all = new ArrayList<>();
        List<String> text = new ArrayList<>();
        String linkHead = addLinks(all, size.columns());
        int linkCount = all.size();
        String streamHead = addStreams(all, size.columns());
        lines = all;
        List<String> foot = foot(size);
        // Title, two headings and an empty line are always shown. The last line is never written to
        // its end.
        int room = Math.max(1, size.lines() - 5 - foot.size());
        int at = Math.max(0, chosenIndex());
        shownFrom = Math.clamp(shownFrom, Math.max(0, at - room + 1), at);
        shownFrom = Math.clamp(shownFrom, 0, Math.max(0, all.size() - room));
        text.add(title());
        text.add(BOLD + cut(linkHead, size.columns()) + PLAIN);
        for (int i = shownFrom; i < Math.min(all.size(), shownFrom + room); i++) {
            if (i == linkCount || (i == shownFrom && i > linkCount)) {
                text.add("");
                text.add(BOLD + cut(streamHead, size.columns()) + PLAIN);
            }
            text.add(styled(all.get(i), size.columns()));
        }
        StringBuilder out = new StringBuilder(HOME);
        text.stream()
                .limit(Math.max(1, size.lines() - 1L - foot.size()))
                .forEach(l -> out.append(l).append(LINE_END));
        out.append(CLEAR_BELOW);
        for (int i = 0; i < foot.size(); i++) {
            // No line end in the last line, because the screen would scroll.
            out.append("\u001b[").append(size.lines() - foot.size() + 1 + i).append(";1H");
            out.append(foot.get(i));
        }
        screen.show(out);
        return size;
    }

    /** Returns the question or the keys; above it, the last error of the selected link. */
    private List<String> foot(Screen.Dimensions size) {
        LinkStatus asked = toRestart;
        if (asked != null) {
            boolean milk =
                    asked.hasConnection()
                            && !asked.subscribes()
                            && !Protocol.NATIVE.text().equals(asked.wire());
            String more = milk ? " (a C program at the other end exits)" : "";
            String question = "restart " + name(asked) + more + "? y, or any other key for no";
            return List.of(REVERSE + cut(question, size.columns() - 1) + PLAIN);
        }
        if (size.lines() < LEAST_LINES_WITH_KEYS) {
            return List.of();
        }
        List<String> foot = new ArrayList<>();
        int at = chosenIndex();
        LinkStatus link = at < 0 ? null : lines.get(at).link();
        if (link != null && link.lastError() != null) {
            String error = name(link) + ": " + StreamName.printable(link.lastError());
            foot.add(cut(error, size.columns() - 1));
        }
        foot.add(cut(KEYS, size.columns() - 1));
        return foot;
    }

    private String title() {
        String title =
                String.format(
                        Locale.ROOT,
                        "%d links  %d streams by %s",
                        links.size(),
                        streams.size(),
                        order.name().toLowerCase(Locale.ROOT));
        String said = fault.isEmpty() ? message : fault;
        String rest = said.isEmpty() ? directory.path().toString() : said;
        return cut(title + "  " + rest, screen.size().columns());
    }

    private String styled(Line line, int columns) {
        String text = cut(line.text(), columns);
        String mark = line.key().equals(chosen) ? REVERSE : "";
        return mark + (line.bad() ? RED : "") + text + PLAIN;
    }

    private static String cut(String text, int columns) {
        return text.length() <= columns ? text : text.substring(0, columns);
    }

    /** Adds a line for each link; returns the heading. */
    private String addLinks(List<Line> all, int columns) {
        long nowMs = System.currentTimeMillis();
        Table table = StatusTable.of(links, nowMs).fitted(columns, LESS_OF_LINKS);
        List<String> rows = table.toString().lines().toList();
        int row = 1;
        for (LinkStatus link : links) {
            boolean bad = !link.works() || link.isSilent(nowMs);
            String end = link.connects() ? " " + link.peer() : "/" + link.port();
            String key = "link " + link.kind() + link.stream() + link.pid() + end;
            all.add(new Line(key, link.stream(), rows.get(row++), bad, link));
            for (LinkEnd.View view : StatusTable.views(link)) {
                String viewed = key + " " + view.client() + " " + view.stream();
                all.add(new Line(viewed, view.stream(), rows.get(row++), false, null));
            }
        }
        return links.isEmpty() ? "no link" : rows.getFirst();
    }

    private String addStreams(List<Line> all, int columns) {
        List<StreamStatus> sorted = streams.stream().sorted(order.comparator).toList();
        Table table =
                new Table("NAME", ">SIZE", "TYPE", ">RATE", ">AGE", ">CNT0", "WRITES", "WAITS");
        for (StreamStatus s : sorted) {
            String fault = s.fault();
            String name = StreamName.printable(s.name());
            if (fault != null) {
                table.row(name, "- " + fault);
                continue;
            }
            Double rateHz = s.rateHz();
            Double ageS = s.ageS();
            table.row(
                    name,
                    String.valueOf(s.size()),
                    String.valueOf(s.type()),
                    rateHz == null ? "-" : Humane.rate(rateHz),
                    ageS == null ? "never" : Humane.duration(ageS),
                    Long.toString(s.cnt0()),
                    s.writers().isEmpty() ? "-" : String.join(", ", s.writers()),
                    s.waiters().isEmpty() ? "-" : String.join(", ", s.waiters()));
        }
        List<String> rows = table.fitted(columns, LESS_OF_STREAMS).toString().lines().toList();
        for (int i = 0; i < sorted.size(); i++) {
            StreamStatus s = sorted.get(i);
            boolean bad = s.fault() != null;
            all.add(new Line("stream " + s.name(), s.name(), rows.get(i + 1), bad, null));
        }
        return rows.getFirst();
    }

    @Override
    public void close() {
        statuses.close();
    }
}
