package org.shmimtcp.publish;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.transport.AddressRange;

/**
 * The settings of a publisher.
 *
 * @param bind address of this machine to listen on; null for all
 * @param port TCP port; 0 for any free one
 * @param framesPerSecond limit for each client of each stream
 * @param compressed true to compress 16-bit integers
 * @param allowed clients' addresses; empty for all
 * @param names streams that clients may request
 */
public record PublishSettings(
        ImageDirectory directory,
        @Nullable String bind,
        int port,
        double framesPerSecond,
        boolean compressed,
        List<AddressRange> allowed,
        NamePatterns names) {
    public static final double DEFAULT_FRAMES_PER_SECOND = 10;
    public static final double MAX_FRAMES_PER_SECOND = 10_000;

    public PublishSettings {
        allowed = List.copyOf(allowed);
    }

    long periodNs() {
        return Math.round(1e9 / framesPerSecond);
    }
}
