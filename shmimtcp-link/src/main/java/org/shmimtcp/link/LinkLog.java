package org.shmimtcp.link;

import java.util.Locale;
import org.shmimtcp.posix.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs the loss and the return of a link: one line each, not one for every attempt in between. */
public final class LinkLog {
    private static final Logger LOG = LoggerFactory.getLogger(LinkLog.class);

    private enum State {
        NEW,
        UP,
        DOWN
    }

    private final String link;
    private State state = State.NEW;
    private String refusal = "";
    private long downSinceNs = Clock.monotonicNs();

    /**
     * @param link the name of the link in log lines, for example {@code acc000 to 192.168.2.2:8886}
     */
    public LinkLog(String link) {
        this.link = link;
    }

    /** Records that the link works. Logs the first connection and each return. */
    public void up(String detail) {
        if (state == State.DOWN) {
            double seconds = (Clock.monotonicNs() - downSinceNs) / 1e9;
            info().addKeyValue("outage_s", seconds)
                    .log("{}: connected {}, after {} s", link, detail, oneDecimal(seconds));
        } else if (state == State.NEW) {
            info().log("{}: connected {}", link, detail);
        }
        state = State.UP;
        refusal = "";
    }

    /**
     * Records that the link does not work. Logs the first failure and each loss, not further failed
     * attempts.
     */
    public void down(String reason) {
        if (state == State.UP) {
            warn(reason).log("{}: connection lost ({}); retrying", link, reason);
        } else if (state == State.NEW) {
            warn(reason).log("{}: waiting ({}); retrying until it answers", link, reason);
        }
        if (state != State.DOWN) {
            downSinceNs = Clock.monotonicNs();
        }
        state = State.DOWN;
    }

    /**
     * Logs that the peer refused the connection. The reason is logged once, whatever was logged
     * before, because only this end can show it to the operator.
     */
    public void refused(String reason) {
        if (state == State.DOWN && !reason.equals(refusal)) {
            warn(reason).log("{}: still waiting ({})", link, reason);
        } else {
            down(reason);
        }
        refusal = reason;
    }

    private LoggingEventBuilder info() {
        return LOG.atInfo().addKeyValue("link", link);
    }

    private LoggingEventBuilder warn(String reason) {
        return LOG.atWarn().addKeyValue("link", link).addKeyValue("reason", reason);
    }

    private static String oneDecimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }
}
