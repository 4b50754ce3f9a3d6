package org.shmimtcp.publish;

import java.util.List;
import java.util.Map;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.Settings;
import org.shmimtcp.wire.MilkzmqHead;

/** The options of a publisher, on the command line and in the site's file. */
public final class PublishOptions extends Settings<PublishOptions> {
    public static final PublishOptions DEFAULT = new PublishOptions(Map.of());

    public static final Setting<Integer> PORT =
            Setting.whole(0, LinkSettings.MAX_PORT)
                    .option("-p", "PORT")
                    .key("port")
                    .initially(MilkzmqHead.DEFAULT_PORT)
                    .help("TCP port to listen on. Default: ${DEFAULT-VALUE}.");

    public static final Setting<Double> FPS =
            Setting.number(0.01, PublishSettings.MAX_FRAMES_PER_SECOND)
                    .option("--fps", "N")
                    .alias("-f")
                    .key("fps")
                    .initially(PublishSettings.DEFAULT_FRAMES_PER_SECOND)
                    .help(
                            "Maximum frames per second for each client and stream, 0.01 to 10000."
                                    + " Default: ${DEFAULT-VALUE}.");

    public static final Setting<Boolean> COMPRESS =
            Setting.flag()
                    .option("-x")
                    .key("compress")
                    .help(
                            "Compress 16-bit integers (xrif: differences, LZ4). Other types are"
                                    + " sent raw.");

    public static final Setting<String> BIND =
            Setting.text()
                    .option("--bind", "ADDR")
                    .key("bind")
                    .help(
                            "Listen only on this address of this machine. Default: all IPv4 and"
                                    + " IPv6 addresses.");

    private PublishOptions(Map<Setting<?>, Object> given) {
        super(given);
    }

    @Override
    public List<Setting<?>> all() {
        return List.of(PORT, FPS, COMPRESS, BIND, ReceiveSettings.ALLOW);
    }

    @Override
    protected PublishOptions make(Map<Setting<?>, Object> values) {
        return new PublishOptions(values);
    }

    @Override
    public void check() {}

    /** Returns the settings of a publisher of these streams. */
    public PublishSettings settings(ImageDirectory directory, NamePatterns names) {
        return new PublishSettings(
                directory,
                find(BIND),
                get(PORT),
                get(FPS),
                get(COMPRESS),
                get(ReceiveSettings.ALLOW),
                names);
    }
}
