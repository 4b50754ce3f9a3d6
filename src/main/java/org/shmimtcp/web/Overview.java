package org.shmimtcp.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.StreamStatus;

/**
 * All that is known at a moment; in JSON, the fields have these names.
 *
 * @param timeMs Unix time
 * @param directory of the streams
 * @param trouble why streams or links cannot be read, if so
 */
record Overview(
        long timeMs,
        String host,
        String directory,
        @Nullable String trouble,
        List<Link> links,
        List<StreamStatus> streams,
        List<Alert> alerts) {

    /**
     * A link end.
     *
     * @param id stays the same when the process is started anew
     * @param hangs its process lives but has not told of itself for some time
     * @param ended its process is gone; the status is its last one
     */
    record Link(String id, boolean hangs, boolean ended, LinkStatus status) {
        boolean isUp() {
            return !hangs && !ended && status.hasConnection();
        }
    }

    /**
     * What an operator should know across the room.
     *
     * @param level {@link #CRITICAL} or {@link #WARNING}
     * @param what link's id or stream's name
     */
    record Alert(String level, String what, String text) {
        static final String CRITICAL = "critical";
        static final String WARNING = "warning";
    }
}
