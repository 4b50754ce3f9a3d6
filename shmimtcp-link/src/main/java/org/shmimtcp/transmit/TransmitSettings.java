package org.shmimtcp.transmit;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.shmimtcp.compress.Compression;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.transport.Endpoint;

/** The settings of a transmitter. */
public final class TransmitSettings extends LinkSettings<TransmitSettings> {
    public static final Setting<String> STREAM =
            Setting.stream().argument("STREAM").help("Name of the stream.");

    public static final Setting<String> HOST =
            Setting.text().argument("IP").help("Address or name of the receiver.");

    public static final Setting<Integer> PORT =
            Setting.whole(1, MAX_PORT).argument("PORT").help("TCP port of the receiver.");

    public static final Setting<Boolean> POLLING =
            Setting.flag()
                    .option("-c")
                    .help("Poll the stream's counter instead of waiting on a semaphore.");

    public static final Setting<Wire> WIRE =
            Setting.word(Wire.class)
                    .option("--wire", "VARIANT")
                    .key("wire")
                    .variable(Environment.WIRE)
                    .initially(Wire.AUTO)
                    .help(
                            "auto (the native protocol if the receiver answers, else milk1;"
                                    + " default), native (the native protocol only), milk1 (C"
                                    + " programs of 2022 to 2024), milk2 (newer C programs),"
                                    + " milk3 (C programs of a development branch of 2026).");

    public static final Setting<Boolean> EVERY =
            Setting.flag()
                    .option("--every")
                    .key("every")
                    .help(
                            "Send every frame that is still in the history of a circular stream or"
                                    + " ring. Default: send only the newest.");

    public static final Setting<Double> FPS =
            Setting.number(0, 1e6)
                    .option("--fps", "N")
                    .key("fps")
                    .initially(0.0)
                    .help(
                            "Send at most N frames per second, always the newest. Default: 0, no"
                                    + " limit.");

    public static final Setting<Compression> COMPRESS =
            Setting.word(Compression.class)
                    .option("--compress", "HOW")
                    .key("compress")
                    .initially(Compression.OFF)
                    .help(
                            "lz4: compress each frame without loss, for a link that is slower than"
                                    + " its stream. Takes CPU time at both ends; a frame that does"
                                    + " not get smaller is sent as it is, and so are all if the"
                                    + " other end cannot decompress. Default: off.");

    private static final List<Setting<?>> ALL =
            Stream.of(
                            LOOP,
                            List.of(POLLING, WIRE, EVERY, FPS, COMPRESS),
                            TLS,
                            List.of(STREAM, HOST, PORT))
                    .<Setting<?>>flatMap(List::stream)
                    .toList();

    /** All defaults. Stream and receiver must still be set. */
    public static final TransmitSettings DEFAULT = new TransmitSettings(Map.of());

    private TransmitSettings(Map<Setting<?>, Object> given) {
        super(given);
    }

    public static TransmitSettings of(String stream, String host, int port) {
        return DEFAULT.with(STREAM, stream).with(HOST, host).with(PORT, port);
    }

    @Override
    public List<Setting<?>> all() {
        return ALL;
    }

    @Override
    protected TransmitSettings make(Map<Setting<?>, Object> values) {
        return new TransmitSettings(values);
    }

    /**
     * True if a connection with these settings can share its reader with others: one that is sent
     * the newest frames, plain and unencrypted, of a stream whose semaphore is claimed.
     */
    public boolean mayShareReader() {
        return !usesTls() && !get(EVERY) && !get(POLLING) && get(COMPRESS) == Compression.OFF;
    }

    @Override
    public void check() {
        super.check();
        checkCompression(get(COMPRESS));
    }

    /** Throws IllegalArgumentException if the library for it is missing. */
    public static void checkCompression(Compression compression) {
        if (!compression.isAvailable()) {
            throw new IllegalArgumentException(
                    COMPRESS + " needs lz4-java (at.yawk.lz4) on the class path");
        }
    }

    public Endpoint to() {
        return new Endpoint(get(HOST), get(PORT));
    }
}
