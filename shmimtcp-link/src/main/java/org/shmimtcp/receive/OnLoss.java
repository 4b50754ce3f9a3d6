package org.shmimtcp.receive;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the copy when the link is lost.
 *
 * @param zeroAfterNs time after which zeros are published; {@link #HOLD} for never
 */
public record OnLoss(long zeroAfterNs) {
    private static final long NEVER = Long.MAX_VALUE;
    private static final String ZERO = "zero";

    /** Keeps the last frame. */
    public static final OnLoss HOLD = new OnLoss(NEVER);

    boolean isHold() {
        return zeroAfterNs == NEVER;
    }

    /**
     * Parses {@code hold}, {@code zero} or {@code zero:SECONDS}.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    public static OnLoss parse(String text) {
        if (text.equals("hold")) {
            return HOLD;
        }
        if (text.equals(ZERO)) {
            return new OnLoss(0);
        }
        if (text.startsWith(ZERO + ":")) {
            try {
                double seconds = Double.parseDouble(text.substring(ZERO.length() + 1));
                if (seconds >= 0 && seconds < 1e6) {
                    return new OnLoss(Math.round(seconds * 1e9));
                }
            } catch (NumberFormatException e) {
                throw wrong(text, e);
            }
        }
        throw wrong(text, null);
    }

    /** Returns the form that {@link #parse} accepts. */
    @Override
    public String toString() {
        if (isHold()) {
            return "hold";
        }
        String seconds = BigDecimal.valueOf(zeroAfterNs, 9).stripTrailingZeros().toPlainString();
        return zeroAfterNs == 0 ? ZERO : ZERO + ":" + seconds;
    }

    private static IllegalArgumentException wrong(String text, @Nullable Exception cause) {
        return new IllegalArgumentException(
                "'" + text + "': must be hold, zero or zero:SECONDS", cause);
    }
}
