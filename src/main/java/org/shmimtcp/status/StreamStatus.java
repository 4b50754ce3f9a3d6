package org.shmimtcp.status;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream as it was at a moment; in JSON, the fields have these names, and those that are null are
 * left out.
 *
 * @param name its name here
 * @param alias what the name leads to where it is a symbolic link
 * @param size {@code 120x120}; null if the stream cannot be used
 * @param type letters of the data type
 * @param rateHz frames a second lately; null while it is not known
 * @param ageS since the newest frame was written; null if there was none
 * @param cnt0 frames written
 * @param writers living processes that write it, {@code name(pid)}
 * @param waiters living processes that wait for its semaphores
 * @param fault why it cannot be used
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

    /** One that cannot be used. */
    public static StreamStatus unusable(String name, String fault) {
        return new StreamStatus(name, null, null, null, null, null, 0, List.of(), List.of(), fault);
    }
}
