package org.shmimtcp.settings;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.transport.PemFiles;
import org.shmimtcp.transport.Tls;

/**
 * The settings that both ends of a link have.
 *
 * @param <S> the class itself
 */
public abstract class LinkSettings<S extends LinkSettings<S>> extends Settings<S> {
    public static final int MAX_PORT = 65535;

    public static final Setting<Integer> PRIORITY =
            Setting.whole(0, RealTimeSettings.MAX_PRIORITY)
                    .option("-p", "PRIO")
                    .key("priority")
                    .initially(80)
                    .help(
                            "SCHED_FIFO priority of the loop, 1 to 99; 0 for none. If it is not"
                                    + " permitted, the loop runs without it. Default:"
                                    + " ${DEFAULT-VALUE}.");

    public static final Setting<BitSet> CPUS =
            Setting.text(RealTimeSettings::parseCpus, RealTimeSettings::printCpus)
                    .key("cpus")
                    .variable(Environment.CPUS)
                    .initially(new BitSet())
                    .help("CPUs for the loop, for example 2,4-7.");

    public static final Setting<Waiting> WAIT =
            Setting.word(Waiting.class)
                    .option("--wait", "HOW")
                    .key("wait")
                    .initially(Waiting.AUTO)
                    .help(
                            "How to wait for the next frame. auto: sleep until shortly before the"
                                    + " next frame of a periodic source is due, then poll (where"
                                    + " CPUs sleep: see --cpu-latency); block: sleep until it"
                                    + " arrives; spin: never sleep, for CPUs reserved for the"
                                    + " loop. Default: ${DEFAULT-VALUE}.");

    public static final Setting<Integer> SILENCE =
            Setting.whole(1, 60)
                    .option("--silence", "SECONDS")
                    .key("silence")
                    .initially(Connection.DEFAULT_SILENCE_S)
                    .help(
                            "Drop a connection when the peer has been silent for this time, 1 to"
                                    + " 60 s. Default: ${DEFAULT-VALUE}.");

    public static final Setting<String> CPU_LATENCY =
            Setting.text(LinkSettings::checkLatency, text -> text)
                    .option("--cpu-latency", "US")
                    .variable(Environment.CPU_LATENCY)
                    .initially(CpuSleepGuard.AUTO)
                    .help(
                            "While 20 or more frames per second arrive, keep this machine's CPUs"
                                    + " out of sleep states that take longer than US microseconds to"
                                    + " leave (/dev/cpu_dma_latency; if it is not permitted, CPUs sleep"
                                    + " as usual). any: no limit. auto (default): 2, in a virtual"
                                    + " machine 0.");

    public static final Setting<String> PROCINFO =
            Setting.word("auto", "4624", "4640", "4880", "off")
                    .option("--procinfo", "WHICH")
                    .variable(Environment.PROCINFO)
                    .initially("auto")
                    .help(
                            "Show this process in milk-procCTRL, and obey its commands: auto"
                                    + " (default; the layout that milk's processes use here),"
                                    + " 4624, 4640 or 4880 (length of the proc.*.shm files that"
                                    + " milk creates), off.");

    public static final Setting<Path> STEPS =
            Setting.file()
                    .option("--steps", "FILE")
                    .help(
                            "Record when each frame was written, seen, copied, sent, received,"
                                    + " checked and published, where this end knows it (native"
                                    + " protocol only). At the end, write the times of the newest"
                                    + " 131072 frames to FILE: comma-separated, in ns. See"
                                    + " docs/performance.md.");

    public static final Setting<Path> TLS_CERT =
            Setting.file()
                    .option("--tls-cert", "FILE")
                    .key("tls.cert")
                    .help(
                            "Use TLS 1.3 with this certificate (PEM). Requires --tls-key and"
                                    + " --tls-ca, and for links the same options at the other"
                                    + " end; see docs/security.md.");

    public static final Setting<Path> TLS_KEY =
            Setting.file()
                    .option("--tls-key", "FILE")
                    .key("tls.key")
                    .help("The certificate's private key (PEM).");

    public static final Setting<Path> TLS_CA =
            Setting.file()
                    .option("--tls-ca", "FILE")
                    .key("tls.ca")
                    .help(
                            "Certificate of the authority that must have signed the peer's"
                                    + " certificate (PEM).");

    public static final Setting<String> TLS_NAME =
            Setting.text()
                    .option("--tls-name", "NAME")
                    .key("tls.name")
                    .help(
                            "DNS name or IP address that the peer's certificate must contain."
                                    + " Default: any.");

    /** Settings of the loop and its process. */
    protected static final List<Setting<?>> LOOP =
            List.of(PRIORITY, CPUS, WAIT, SILENCE, CPU_LATENCY, PROCINFO, STEPS);

    /** Settings of the connection's encryption. */
    public static final List<Setting<?>> TLS = List.of(TLS_CERT, TLS_KEY, TLS_CA, TLS_NAME);

    protected LinkSettings(Map<Setting<?>, Object> given) {
        super(given);
    }

    private static String checkLatency(String text) {
        CpuSleepGuard.parse(text);
        return text;
    }

    /** Returns the scheduling of the loop's thread. */
    public final RealTimeSettings realTime() {
        return new RealTimeSettings(get(PRIORITY), get(CPUS));
    }

    public final boolean usesTls() {
        return isGiven(TLS_CERT);
    }

    @Override
    public void check() {
        checkTls(this);
    }

    /** Throws IllegalArgumentException if files for TLS are missing. */
    public static void checkTls(Settings<?> settings) {
        boolean first = settings.isGiven(TLS_CERT);
        if (first != settings.isGiven(TLS_KEY) || first != settings.isGiven(TLS_CA)) {
            throw new IllegalArgumentException(
                    TLS_CERT + ", " + TLS_KEY + " and " + TLS_CA + " must be given together");
        }
        if (settings.isGiven(TLS_NAME) && !first) {
            throw new IllegalArgumentException(TLS_NAME + " needs " + TLS_CERT);
        }
    }

    /**
     * Loads certificates and key; returns null without TLS.
     *
     * @throws PemFiles.Unusable if a file cannot be used
     */
    public final @Nullable Tls loadTls() {
        return loadTls(this);
    }

    /**
     * Loads certificates and key of any settings that have those of TLS; returns null without them.
     *
     * @throws PemFiles.Unusable if a file cannot be used
     */
    public static @Nullable Tls loadTls(Settings<?> settings) {
        if (!settings.isGiven(TLS_CERT)) {
            return null;
        }
        return Tls.load(
                new PemFiles(settings.get(TLS_CERT), settings.get(TLS_KEY), settings.get(TLS_CA)),
                settings.find(TLS_NAME));
    }
}
