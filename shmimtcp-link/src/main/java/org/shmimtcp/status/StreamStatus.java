package org.shmimtcp.status;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of a stream at one moment. The JSON fields have the same names; null fields are
 * omitted.
 *
 * @param name its local name
 * @param alias target of the name if it is a symbolic link
 * @param size {@code 120x120}; null if the stream cannot be used
 * @param type letters of the data type
 * @param rateHz recent frame rate; null while unknown
 * @param ageS time since the newest frame was written; null if there was none
 * @param cnt0 number of frames written
 * @param writers running processes that write it, {@code name(pid)}
 * @param waiters running processes that wait for its semaphores
 * @param fault why it cannot be used; null if it can
 */
public record StreamStatus(
        String name,
        @Nullable String alias,
        @Nullable String size,
        @Nullable String type,
        @Nullable Double rateHz,
        @Nullable Double ageS,
        long cnt0,
        List<String> writers,
        List<String> waiters,
        @Nullable String fault) {

    /** Returns the state of a stream that cannot be used. */
    public static StreamStatus unusable(String name, String fault) {
        return new StreamStatus(name, null, null, null, null, null, 0, List.of(), List.of(), fault);
    }
}
