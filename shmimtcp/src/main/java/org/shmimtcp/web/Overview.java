package org.shmimtcp.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.StreamStatus;

/**
 * Everything that the page shows at one moment. The JSON fields have the same names.
 *
 * @param timeMs Unix time
 * @param directory the directory of the streams
 * @param trouble why streams or links cannot be read; null if they can
 * @param hosts the other hosts of the site, if it offers streams
 */
record Overview(
        long timeMs,
        String host,
        String directory,
        @Nullable String trouble,
        List<Link> links,
        List<StreamStatus> streams,
        List<Host> hosts,
        List<Alert> alerts) {

    /**
     * Another host.
     *
     * @param role its role
     * @param fault why it does not answer; null if it does
     * @param timeMs Unix time on its clock; those of its links are on the same clock
     * @param links its links of offered streams
     */
    record Host(String role, @Nullable String fault, long timeMs, List<Link> links) {}

    /**
     * A link end.
     *
     * @param id identifier, unchanged when the process is restarted
     * @param hangs true if its process is alive but has not updated its status for some time
     * @param ended true if its process has ended; the status is its last one
     */
    record Link(String id, boolean hangs, boolean ended, LinkStatus status) {
        boolean isUp() {
            return !hangs && !ended && (status.hasConnection() || status.rests());
        }
    }

    /**
     * A fault that an operator should notice from across the room.
     *
     * @param level {@link #CRITICAL} or {@link #WARNING}
     * @param what the link's id or the stream's name
     */
    record Alert(String level, String what, String text) {
        static final String CRITICAL = "critical";
        static final String WARNING = "warning";
    }
}
