package org.shmimtcp.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A frame that the sink saw, as {@code shmpeer} writes it down.
 *
 * @param number of the frame, which is the source's cnt0, as each run has a new source
 * @param dueNs when it was due at the source, CLOCK_MONOTONIC
 * @param seenNs when the sink had it, CLOCK_MONOTONIC
 */
record Sighting(long number, long dueNs, long seenNs) {
    static List<Sighting> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        List<Sighting> all = new ArrayList<>();
        while (bytes.hasRemaining()) {
            all.add(new Sighting(bytes.getLong(), bytes.getLong(), bytes.getLong()));
        }
        return all;
    }

    long latencyNs() {
        return seenNs - dueNs;
    }
}
