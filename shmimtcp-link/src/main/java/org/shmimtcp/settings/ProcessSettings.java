package org.shmimtcp.settings;

import java.util.List;
import java.util.Map;

/** The settings that apply to all links of one process. */
public final class ProcessSettings extends Settings<ProcessSettings> {
    public static final ProcessSettings DEFAULT = new ProcessSettings(Map.of());

    private ProcessSettings(Map<Setting<?>, Object> given) {
        super(given);
    }

    @Override
    public List<Setting<?>> all() {
        return List.of(LinkSettings.CPU_LATENCY, LinkSettings.PROCINFO);
    }

    @Override
    protected ProcessSettings make(Map<Setting<?>, Object> values) {
        return new ProcessSettings(values);
    }

    @Override
    public void check() {}
}
