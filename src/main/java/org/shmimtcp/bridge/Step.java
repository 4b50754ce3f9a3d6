package org.shmimtcp.bridge;

import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;

/**
 * One thing to do on one machine.
 *
 * @param link what for
 * @param at the machine
 * @param session of tmux that it makes or ends; empty for none
 * @param mark of that session, which tells it from one of the same name; empty for none
 * @param command of the shell, ready to be pasted there
 * @param unless when it is left out, for people
 */
public record Step(
        Kind kind, Link link, Host at, String session, String mark, String command, String unless) {
    /** What is done. */
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
    }

    /** {@code receiver on RTC (exao2)}. */
    @Override
    public String toString() {
        return kind.word + " on " + at;
    }
}
