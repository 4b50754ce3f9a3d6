package org.shmimtcp.picture;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.NonBlockingReader;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.Clock;

/**
 * This process's terminal, in its alternate screen: {@link #close} restores the former content.
 * Signals keep their effect.
 */
public final class LiveScreen implements Screen, AutoCloseable {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
    private static final String LEAVE = "\u001b[0m\u001b[?25h\u001b[?1049l";

    private static final long KEY_POLL_NS = 10_000_000;

    private final Terminal terminal;
    private final boolean owned;
    private final Attributes before;
    private final PrintWriter writer;

    private LiveScreen(Terminal terminal, boolean owned) {
        this.terminal = terminal;
        this.owned = owned;
        this.before = terminal.enterRawMode();
        this.writer = terminal.writer();
        writer.write(ENTER);
        writer.flush();
    }

    /**
     * Takes over the terminal.
     *
     * @param shared a terminal that the process has opened already; null to open one
     * @throws IOException if there is no terminal
     */
    public static LiveScreen open(@Nullable Terminal shared) throws IOException {
        return shared == null ? new LiveScreen(open(), true) : new LiveScreen(shared, false);
    }

    private static Terminal open() throws IOException {
        // JLine's native signals would replace the JVM's orderly shutdown by the default action.
        return TerminalBuilder.builder()
                .system(true)
                .dumb(false)
                .nativeSignals(false)
                .encoding(StandardCharsets.UTF_8)
                .build();
    }

    /**
     * Returns the size of the terminal, without changing the terminal.
     *
     * @param shared a terminal that the process has opened already; null to open one
     * @throws IOException if there is no terminal
     */
    public static Dimensions dimensions(@Nullable Terminal shared) throws IOException {
        if (shared != null) {
            return dimensionsOf(shared);
        }
        try (Terminal terminal = open()) {
            return dimensionsOf(terminal);
        }
    }

    private static Dimensions dimensionsOf(Terminal terminal) {
        Size size = terminal.getSize();
        return size.getColumns() > 0 && size.getRows() > 0
                ? new Dimensions(size.getColumns(), size.getRows())
                : Dimensions.DEFAULT;
    }

    @Override
    public Dimensions size() {
        return dimensionsOf(terminal);
    }

    @Override
    public void show(CharSequence text) {
        writer.append(text);
        writer.flush();
    }

    @Override
    public int readKey(long timeoutMs) {
        try {
            if (!awaitInput(timeoutMs)) {
                return NO_KEY;
            }
            int key = terminal.reader().read(Math.max(1, timeoutMs));
            if (key == NonBlockingReader.EOF) {
                return CLOSED;
            }
            return key == NonBlockingReader.READ_EXPIRED ? NO_KEY : key;
        } catch (IOException e) {
            return CLOSED;
        }
    }

    /**
     * Waits until a key was typed. JLine's own wait, a read, relies on the terminal's raw mode: if
     * a signal ends this process, JLine leaves that mode at once, and the read would never return.
     */
    private static boolean awaitInput(long timeoutMs) throws IOException {
        long endNs = Clock.monotonicNs() + timeoutMs * 1_000_000;
        while (System.in.available() == 0) {
            if (Clock.monotonicNs() - endNs >= 0) {
                return false;
            }
            LockSupport.parkNanos(KEY_POLL_NS);
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        writer.write(LEAVE);
        writer.flush();
        terminal.setAttributes(before);
        if (owned) {
            terminal.close();
        }
    }
}
