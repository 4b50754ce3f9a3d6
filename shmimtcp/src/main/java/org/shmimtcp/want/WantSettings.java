package org.shmimtcp.want;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.transmit.TransmitSettings;

/** The settings of a wanted stream, which are all on the machine of the copy. */
public final class WantSettings extends LinkSettings<WantSettings> {
    public static final Setting<String> STREAM =
            Setting.text()
                    .argument("[HOST:]NAME")
                    .help(
                            "Name of the stream, after the role of its host if several hosts offer"
                                    + " it.");

    public static final Setting<String> LOCAL =
            Setting.text()
                    .option("--as", "LOCAL")
                    .key("local_name")
                    .help("Name of the copy. Default: that of the stream.");

    public static final Setting<Boolean> KEEP =
            Setting.flag()
                    .option("--keep")
                    .key("keep")
                    .help(
                            "Receive frames even while no process here uses the copy. Default: stop"
                                    + " 30 s after the last one has closed it, and go on when one"
                                    + " opens it.");

    public static final Setting<OnLoss> ON_LOSS = ReceiveSettings.onLoss("host of the stream");

    private static final String AFTER_HOST = ":";

    private static final List<Setting<?>> ALL =
            Stream.of(
                            LOOP,
                            List.of(
                                    LOCAL,
                                    KEEP,
                                    TransmitSettings.EVERY,
                                    TransmitSettings.FPS,
                                    TransmitSettings.COMPRESS,
                                    ON_LOSS,
                                    ReceiveSettings.COUNTER,
                                    ReceiveSettings.STATUS_KEYWORDS),
                            TLS,
                            List.of(STREAM))
                    .<Setting<?>>flatMap(List::stream)
                    .toList();

    /** All defaults. The stream must still be set. */
    public static final WantSettings DEFAULT = new WantSettings(Map.of());

    private WantSettings(Map<Setting<?>, Object> given) {
        super(given);
    }

    @Override
    public List<Setting<?>> all() {
        return ALL;
    }

    @Override
    protected WantSettings make(Map<Setting<?>, Object> values) {
        return new WantSettings(values);
    }

    /** Also throws ImageException if the copy's name is invalid. */
    @Override
    public void check() {
        super.check();
        TransmitSettings.checkCompression(get(TransmitSettings.COMPRESS));
        String local = find(LOCAL);
        if (local != null) {
            StreamName.check(local);
        }
    }

    /** Returns the role of the host, if it is given. */
    @Nullable String host() {
        String name = get(STREAM);
        int colon = name.indexOf(AFTER_HOST);
        return colon < 0 ? null : name.substring(0, colon);
    }

    /** Returns the name of the stream on its host. */
    public String stream() {
        String name = get(STREAM);
        return name.substring(name.indexOf(AFTER_HOST) + 1);
    }

    /** Returns the name of the copy. */
    public String copy() {
        String local = find(LOCAL);
        return local == null ? stream() : local;
    }

    /** Returns these settings for a stream of a host; null for any host that offers it. */
    public WantSettings of(@Nullable String host, String stream) {
        return with(STREAM, host == null ? stream : host + AFTER_HOST + stream);
    }

    /** Returns the settings of the copy. */
    ReceiveSettings receive() {
        return ReceiveSettings.DEFAULT
                .with(ReceiveSettings.WAIT, get(WAIT))
                .with(ReceiveSettings.SILENCE, get(SILENCE))
                .with(ReceiveSettings.ON_LOSS, get(ON_LOSS))
                .with(ReceiveSettings.COUNTER, get(ReceiveSettings.COUNTER))
                .with(ReceiveSettings.STATUS_KEYWORDS, get(ReceiveSettings.STATUS_KEYWORDS));
    }
}
