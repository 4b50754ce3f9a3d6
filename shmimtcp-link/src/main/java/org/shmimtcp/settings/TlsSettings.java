package org.shmimtcp.settings;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.transport.Tls;

/** The encryption of something other than a link, with the same options. */
public final class TlsSettings extends Settings<TlsSettings> {
    public static final TlsSettings NONE = new TlsSettings(Map.of());

    private TlsSettings(Map<Setting<?>, Object> given) {
        super(given);
    }

    @Override
    public List<Setting<?>> all() {
        return LinkSettings.TLS;
    }

    @Override
    protected TlsSettings make(Map<Setting<?>, Object> values) {
        return new TlsSettings(values);
    }

    @Override
    public void check() {
        LinkSettings.checkTls(this);
    }

    /** Loads certificates and key; returns null if none were given. */
    public @Nullable Tls load() {
        return LinkSettings.loadTls(this);
    }
}
