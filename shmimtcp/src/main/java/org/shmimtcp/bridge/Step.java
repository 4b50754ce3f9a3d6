package org.shmimtcp.bridge;

import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;

/**
 * One step on one machine.
 *
 * @param link the link that it is for
 * @param at the machine
 * @param session tmux session that the step creates or ends; empty for none
 * @param mark mark of that session, which distinguishes sessions with equal names; empty for none
 * @param command shell command, ready for pasting on that machine
 * @param unless condition under which the step is skipped, for people
 */
public record Step(
        Kind kind, Link link, Host at, String session, String mark, String command, String unless) {
    /** The kind of a step. */
    public enum Kind {
        MAKE_STREAM("stream"),
        START_RECEIVER("receiver"),
        START_TRANSMITTER("transmitter"),
        END_TRANSMITTER("end of the transmitter"),
        END_RECEIVER("end of the receiver");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        boolean isOfReceiver() {
            return this == START_RECEIVER || this == END_RECEIVER;
        }
    }

    /** Returns, for example, {@code receiver on RTC (exao2)}. */
    @Override
    public String toString() {
        return kind.word + " on " + at;
    }
}
