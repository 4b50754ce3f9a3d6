package org.shmimtcp.want;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.compress.Compression;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.receive.Demand;
import org.shmimtcp.receive.Receiver;
import org.shmimtcp.receive.WantedStream;
import org.shmimtcp.status.ImageUsers;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.status.ProcessName;
import org.shmimtcp.transmit.TransmitSettings;

/** A stream of another machine of which this one wants a copy. */
public final class Want {
    private final WantSettings settings;
    private final OfferingHosts hosts;
    private final String stream;
    private final String copy;
    private final @Nullable String host;

    /**
     * @throws IllegalArgumentException if it names a host that the site does not have, or this one
     * @throws ImageException if a name cannot be that of a stream
     */
    public Want(WantSettings settings, OfferingHosts hosts) {
        settings.check();
        this.settings = settings;
        this.hosts = hosts;
        this.host = settings.host();
        this.stream = settings.stream();
        this.copy = settings.copy();
        StreamName.check(stream);
        if (host != null) {
            var _ = hosts.of(host); // which checks it
        }
    }

    /** Returns the name of the stream on its host. */
    public String stream() {
        return stream;
    }

    /** Returns the name of the copy. */
    public String copy() {
        return copy;
    }

    /**
     * Checks now which host offers the stream.
     *
     * @return why it must be waited for; empty if there is one host that offers it
     * @throws IllegalArgumentException if several hosts offer it
     */
    public String findHost() {
        try {
            var _ = new StreamFinder(hosts, stream, host).find(() -> false);
            return "";
        } catch (StreamFinder.AmbiguousException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /**
     * Checks that the copy takes the place of no stream that something else here writes or sends.
     *
     * @throws ImageException if it would
     * @throws IOException if the links of this machine cannot be read
     */
    public void checkPlace(ImageDirectory directory) throws IOException {
        int own = Processes.ownPid();
        for (LinkStatus link : LinkStatuses.read(directory)) {
            if (link.stream().equals(copy)
                    && link.pid() != own
                    && (link.receives() || link.subscribes())) {
                throw taken("a link here writes it (process " + link.pid() + ")");
            }
        }
        if (directory.has(copy)) {
            try (Image image = Image.open(directory, copy)) {
                List<ProcessName> writers =
                        ImageUsers.of(image).writers().stream()
                                .filter(process -> process.pid() != own)
                                .toList();
                if (!writers.isEmpty()) {
                    throw taken("process " + ProcessName.join(writers) + " writes it");
                }
            } catch (ImageException.Truncated unusable) {
                // nobody uses it
            }
        }
    }

    private ImageException taken(String why) {
        return new ImageException(
                "'" + copy + "' here is another stream: " + why + "; give the copy another name");
    }

    /**
     * Returns the loop that requests the stream and keeps the copy.
     *
     * @param users tells whether the copy is in use
     */
    public Receiver receiver(CopyUsers users, WantedStream.Watcher watcher, LoopContext context) {
        Demand demand =
                settings.get(WantSettings.KEEP)
                        ? Demand.ALWAYS
                        : users.observe(context.directory(), copy);
        var wanted =
                new WantedStream(
                        stream,
                        copy,
                        context.directory(),
                        new StreamFinder(hosts, stream, host),
                        hosts.port(),
                        hosts.tls(),
                        settings.get(TransmitSettings.EVERY),
                        settings.get(TransmitSettings.COMPRESS) == Compression.LZ4,
                        settings.get(TransmitSettings.FPS),
                        demand,
                        watcher);
        return Receiver.wanting(wanted, settings.receive(), context);
    }
}
