package org.shmimtcp.subscribe;

import java.util.List;
import java.util.Map;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.receive.OnLoss;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.receive.ReceiveSettings.CounterOf;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.Settings;
import org.shmimtcp.wire.MilkzmqHead;

/** The options of subscriptions, on the command line and in the site's file. */
public final class SubscribeOptions extends Settings<SubscribeOptions> {
    public static final SubscribeOptions DEFAULT = new SubscribeOptions(Map.of());

    public static final Setting<Integer> PORT =
            Setting.whole(1, LinkSettings.MAX_PORT)
                    .option("-p", "PORT")
                    .key("port")
                    .initially(MilkzmqHead.DEFAULT_PORT)
                    .help("TCP port of the server. Default: ${DEFAULT-VALUE}.");

    public static final Setting<OnLoss> ON_LOSS = ReceiveSettings.onLoss("server");

    public static final Setting<CounterOf> COUNTER =
            Setting.word(CounterOf.class)
                    .option("--counter", "WHOSE")
                    .key("counter")
                    .initially(CounterOf.OWN)
                    .help(
                            "cnt0 of the copy: own (default) counts the frames published here,"
                                    + " source copies the source's cnt0.");

    private SubscribeOptions(Map<Setting<?>, Object> given) {
        super(given);
    }

    @Override
    public List<Setting<?>> all() {
        return List.of(PORT, ON_LOSS, COUNTER);
    }

    @Override
    protected SubscribeOptions make(Map<Setting<?>, Object> values) {
        return new SubscribeOptions(values);
    }

    @Override
    public void check() {}

    /** Returns the settings of subscriptions to a server. */
    public SubscribeSettings settings(ImageDirectory directory, String host) {
        return new SubscribeSettings(
                directory, host, get(PORT), get(ON_LOSS), get(COUNTER) == CounterOf.SOURCE);
    }
}
