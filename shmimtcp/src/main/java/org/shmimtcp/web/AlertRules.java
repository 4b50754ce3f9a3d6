package org.shmimtcp.web;

import java.util.function.Predicate;
import org.shmimtcp.settings.AlertSettings;
import org.shmimtcp.status.LinkStatus;

/**
 * When a state of a working link is an alert.
 *
 * @param skippedPercent share of skipped frames above which there is one
 * @param staleS time without a frame after which there is one
 * @param limited links that leave out frames because their rate is limited
 */
public record AlertRules(double skippedPercent, double staleS, Predicate<LinkStatus> limited) {
    public static final AlertRules DEFAULT = of(AlertSettings.DEFAULT, status -> false);

    public static AlertRules of(AlertSettings settings, Predicate<LinkStatus> limited) {
        return new AlertRules(
                settings.get(AlertSettings.SKIPPED), settings.get(AlertSettings.STALE), limited);
    }

    boolean isRateLimited(LinkStatus status) {
        return limited.test(status);
    }
}
