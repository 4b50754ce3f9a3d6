package org.shmimtcp.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.link.LatencyTrace;
import org.shmimtcp.link.RecordedTrace;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.posix.IoReason;
import org.shmimtcp.process.UserError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The file of {@code --steps}: the time at which each frame reached each stage. */
final class TraceFile {
    private static final Logger LOG = LoggerFactory.getLogger(TraceFile.class);

    private final @Nullable Path file;
    private final @Nullable RecordedTrace times;

    /**
     * @param file null to record nothing
     */
    TraceFile(@Nullable Path file) {
        this.file = file;
        this.times = file == null ? null : new RecordedTrace();
    }

    /** Returns where a loop records the latency trace. */
    LatencyTrace trace() {
        return times == null ? LatencyTrace.OFF : times;
    }

    /**
     * Returns an observer that also writes the file at the end.
     *
     * @throws UserError if the file cannot be written
     */
    Observer observer(Observer other) {
        Path to = file;
        RecordedTrace noted = times;
        if (to == null || noted == null) {
            return other;
        }
        checkOwn(to);
        open(to); // reports a mistake now, not after the night
        return Observer.both(other, new AtEnd(noted, to));
    }

    /** Refuses to overwrite a file that an earlier run has not written. */
    private static void checkOwn(Path file) {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            boolean own = false;
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                try (InputStream in = Files.newInputStream(file)) {
                    byte[] head = in.readNBytes(RecordedTrace.HEAD.length());
                    own = head.length == 0 || new String(head, US_ASCII).equals(RecordedTrace.HEAD);
                }
            }
            if (!own) {
                throw new UserError(
                        "--steps " + file + ": the file was not written by --steps: left alone");
            }
        } catch (IOException e) {
            throw new UserError("--steps " + file + ": cannot be written: " + IoReason.of(e), e);
        }
    }

    private static void open(Path file) {
        try {
            Files.newBufferedWriter(file).close();
        } catch (IOException e) {
            throw new UserError("--steps " + file + ": cannot be written: " + IoReason.of(e), e);
        }
    }

    private record AtEnd(RecordedTrace times, Path file) implements Observer {
        @Override
        public void refresh() {}

        @Override
        public void close() {
            try (Writer out = Files.newBufferedWriter(file)) {
                times.write(out);
                LOG.info("steps, us p50/p99/max, of {}; each in {}", times.describe(), file);
            } catch (IOException | UncheckedIOException e) {
                LOG.warn("--steps: {} was not written: {}", file, IoReason.of(e));
            }
        }
    }
}
