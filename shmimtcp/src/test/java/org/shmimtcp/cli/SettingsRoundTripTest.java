package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.Settings;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.want.WantSettings;
import picocli.CommandLine;

/** The command line and the site's file read back exactly the settings that were printed. */
class SettingsRoundTripTest {
    private static final int ROUNDS = 500;

    /** Sample values of settings that are not plain numbers, words or flags. */
    private static final Map<Setting<?>, List<List<String>>> SAMPLES =
            Map.ofEntries(
                    sample(LinkSettings.CPUS, List.of("2,4-7"), List.of("0"), List.of("1-2,9")),
                    sample(LinkSettings.CPU_LATENCY, List.of("any"), List.of("17")),
                    sample(LinkSettings.STEPS, List.of("/tmp/with space.csv")),
                    sample(LinkSettings.TLS_CERT, List.of("/c=1.pem")),
                    sample(LinkSettings.TLS_KEY, List.of("key.pem")),
                    sample(LinkSettings.TLS_CA, List.of("/ä/ca.pem")),
                    sample(LinkSettings.TLS_NAME, List.of("rtc.example"), List.of("fd00::1")),
                    sample(TransmitSettings.STREAM, List.of("acc000"), List.of("@S:x")),
                    sample(TransmitSettings.HOST, List.of("192.168.2.2"), List.of("rtc")),
                    sample(WantSettings.STREAM, List.of("camwfs"), List.of("ICC:camwfs")),
                    sample(WantSettings.LOCAL, List.of("acc001")),
                    sample(WantSettings.ON_LOSS, List.of("hold"), List.of("zero:0.1")),
                    sample(ReceiveSettings.BIND, List.of("10.0.0.2"), List.of("fe80::2%eth7")),
                    sample(ReceiveSettings.NAME, List.of("acc001")),
                    sample(
                            ReceiveSettings.ON_LOSS,
                            List.of("hold"),
                            List.of("zero"),
                            List.of("zero:0.1"),
                            List.of("zero:999999.999999999")),
                    sample(
                            ReceiveSettings.ALLOW,
                            List.of("10.0.0.0/24"),
                            List.of("10.0.0.1", "fd00::/8", "::ffff:10.0.0.0/104")),
                    sample(ReceiveSettings.ONLY, List.of("acc*", "{dm,x}0?"), List.of("acc001")));

    /** Settings that are valid only together. */
    private static final List<Setting<?>> TLS =
            List.of(LinkSettings.TLS_CERT, LinkSettings.TLS_KEY, LinkSettings.TLS_CA);

    private static final Pattern LIMITS = Pattern.compile("from (\\S+) to (\\S+)");

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    @TempDir Path dir;

    @SafeVarargs
    @SuppressWarnings("varargs") // of immutable lists
    private static Map.Entry<Setting<?>, List<List<String>>> sample(
            Setting<?> setting, List<String>... values) {
        return Map.entry(setting, List.of(values));
    }

    private List<String> value(Setting<?> setting) {
        List<List<String>> samples = SAMPLES.get(setting);
        if (samples != null) {
            return samples.get(random.nextInt(samples.size()));
        }
        return List.of(
                switch (setting.kind()) {
                    case FLAG -> Boolean.toString(random.nextBoolean());
                    case WORD -> setting.choices().get(random.nextInt(setting.choices().size()));
                    case WHOLE -> Long.toString(Math.round(within(setting)));
                    case NUMBER -> Double.toString(within(setting));
                    default -> throw new AssertionError("a sample is missing of " + setting);
                });
    }

    private double within(Setting<?> setting) {
        Matcher limits = LIMITS.matcher(setting.expected());
        assertThat(limits.find()).as(setting.expected()).isTrue();
        double least = Double.parseDouble(limits.group(1));
        double most = Double.parseDouble(limits.group(2));
        return switch (random.nextInt(4)) {
            case 0 -> least;
            case 1 -> most;
            default -> least + random.nextDouble() * (most - least);
        };
    }

    private <S extends Settings<S>> S any(S defaults, Set<Setting<?>> seen) {
        boolean withTls = random.nextBoolean();
        S settings = defaults;
        for (Setting<?> setting : defaults.all()) {
            boolean wanted =
                    TLS.contains(setting)
                            ? withTls
                            : setting == LinkSettings.TLS_NAME
                                    ? withTls && random.nextBoolean()
                                    : setting.isArgument() || random.nextBoolean();
            if (wanted) {
                settings = settings.withTexts(setting, value(setting));
                seen.add(setting);
            }
        }
        settings.check();
        return settings;
    }

    private Context context() {
        return new Context(() -> new ImageDirectory(dir), InputStream.nullInputStream(), false);
    }

    private <S extends Settings<S>> void printsWhatItReads(String command, S defaults) {
        Set<Setting<?>> seen = new HashSet<>();
        for (int i = 0; i < ROUNDS; i++) {
            S settings = any(defaults, seen);
            CommandLine line = Commands.forPrompt(command, context()).orElseThrow();
            line.parseArgs(settings.arguments().toArray(String[]::new));
            var user = (SettingOptions.User) line.getCommandSpec().userObject();
            S read = user.settingOptions().fill(defaults, settings.variables());
            assertThat(read).as("seed %d, round %d", seed, i).isEqualTo(settings);
            assertThat(read.arguments()).isEqualTo(settings.arguments());
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(defaults.all());
    }

    @Test
    void aTransmittersArguments() {
        printsWhatItReads("shmimTCPtransmit", TransmitSettings.DEFAULT);
    }

    @Test
    void aReceiversArguments() {
        printsWhatItReads("shmimTCPreceive", ReceiveSettings.DEFAULT);
    }

    @Test
    void aWantsArguments() {
        printsWhatItReads("want", WantSettings.DEFAULT);
    }

    @Test
    void theSitesFile() throws IOException {
        for (int i = 0; i < ROUNDS / 10; i++) {
            TransmitSettings transmit = any(TransmitSettings.DEFAULT, new HashSet<>());
            ReceiveSettings receive = any(ReceiveSettings.DEFAULT, new HashSet<>());
            for (Setting<?> both : transmit.all()) {
                if (receive.all().contains(both)) { // the file has this key once
                    receive = copy(both, transmit, receive);
                }
            }
            transmit = withKeys(TransmitSettings.DEFAULT, transmit);
            receive = withKeys(ReceiveSettings.DEFAULT, receive);
            StringBuilder text =
                    new StringBuilder(
                            """
                            [hosts.A]
                            address = "10.0.0.1"
                            ssh = "a"
                            [hosts.B]
                            address = "10.0.0.2"
                            ssh = "b"
                            [streams.x]
                            from = "A"
                            to = "B"
                            port = 9000
                            """);
            Set<String> written = new HashSet<>();
            for (Settings<?> end : List.of(transmit, receive)) {
                end.all().forEach(setting -> write(setting, end, written, text));
            }
            Path file = Files.writeString(dir.resolve("config.toml"), text);
            Site site = SiteFile.read(Map.of(Environment.CONFIG.variable(), file.toString()));
            Link link = site.choose(List.of("x"), site.host("A")).links().getFirst();
            assertThat(link.transmit()).as("seed %d, %s", seed, text).isEqualTo(transmit);
            assertThat(link.receive()).as("seed %d, %s", seed, text).isEqualTo(receive);
        }
    }

    private static <T> ReceiveSettings copy(
            Setting<T> setting, TransmitSettings from, ReceiveSettings to) {
        ReceiveSettings without = ReceiveSettings.DEFAULT;
        for (Setting<?> other : to.all()) {
            if (other != setting && to.isGiven(other)) {
                without = one(other, to, without);
            }
        }
        return from.isGiven(setting) ? without.with(setting, from.get(setting)) : without;
    }

    private static <T, S extends Settings<S>> S one(Setting<T> setting, S from, S to) {
        return to.with(setting, from.get(setting));
    }

    private static <S extends Settings<S>> S withKeys(S defaults, S settings) {
        S kept = defaults;
        for (Setting<?> setting : settings.all()) {
            if (setting.key() != null && settings.isGiven(setting)) {
                kept = one(setting, settings, kept);
            }
        }
        return kept;
    }

    private static <T> void write(
            Setting<T> setting, Settings<?> settings, Set<String> written, StringBuilder text) {
        String key = setting.key();
        if (key == null || !settings.isGiven(setting) || !written.add(key)) {
            return;
        }
        List<String> values = setting.print(settings.get(setting));
        text.append(key).append(" = ");
        switch (setting.kind()) {
            case FLAG, WHOLE, NUMBER -> text.append(values.getFirst());
            case LIST -> text.append("['").append(String.join("', '", values)).append("']");
            default -> text.append('\'').append(values.getFirst()).append('\'');
        }
        text.append('\n');
    }
}
