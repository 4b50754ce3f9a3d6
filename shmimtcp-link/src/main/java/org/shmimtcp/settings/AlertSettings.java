package org.shmimtcp.settings;

import java.util.List;
import java.util.Map;

/** When the state of a working link is an alert on the web page. */
public final class AlertSettings extends Settings<AlertSettings> {
    public static final AlertSettings DEFAULT = new AlertSettings(Map.of());

    public static final Setting<Double> SKIPPED =
            Setting.number(0, 100)
                    .option("--alert-skipped", "PERCENT")
                    .key("skipped")
                    .initially(1.0)
                    .help(
                            "Raise an alert when a link has skipped more than this share of the"
                                    + " frames of the last minute, 0 to 100. Default: 'skipped' of"
                                    + " [alerts] in the site's file, else 1.");

    public static final Setting<Double> STALE =
            Setting.number(0.1, 86400)
                    .option("--alert-stale", "SECONDS")
                    .key("stale")
                    .initially(5.0)
                    .help(
                            "Raise an alert when a link's stream that had frames has had none for"
                                    + " this time. Default: 'stale' of [alerts] in the site's file,"
                                    + " else 5.");

    private AlertSettings(Map<Setting<?>, Object> given) {
        super(given);
    }

    @Override
    public List<Setting<?>> all() {
        return List.of(SKIPPED, STALE);
    }

    @Override
    protected AlertSettings make(Map<Setting<?>, Object> values) {
        return new AlertSettings(values);
    }

    @Override
    public void check() {}
}
