package org.shmimtcp.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.receive.NamePatterns;
import org.shmimtcp.receive.Rules;
import org.shmimtcp.transport.AddressRange;
import org.shmimtcp.transport.Tls;
import org.shmimtcp.wire.Limits;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Who may come in to a receiver, and with what. */
final class StrangerOptions {
    private static final long MEGABYTE = 1_000_000;
    private static final int MAX_KEYWORDS = 65535;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli's
    private CommandSpec spec;

    @Option(
            names = "--allow",
            paramLabel = "ADDRESS/BITS",
            description =
                    "Talk to these addresses only, like 192.168.2.0/24 or fd00::/8. May be given"
                            + " several times. Default: all.")
    private List<String> allow = new ArrayList<>();

    @Option(
            names = "--only",
            paramLabel = "PATTERN",
            description =
                    "Take streams of these names only, like 'acc*' (quote it); also what --name says must be"
                            + " one of them. May be given several times. Default: all.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--max-size",
            paramLabel = "MB",
            description = "Refuse streams larger than this. Default: ${DEFAULT-VALUE}.")
    private int maxMegabytes = (int) (Limits.DEFAULT.imageBytes() / MEGABYTE);

    @Option(
            names = "--max-keywords",
            paramLabel = "N",
            description =
                    "Refuse streams with more keyword slots than this. Default: ${DEFAULT-VALUE}.")
    private int maxKeywords = Limits.DEFAULT.keywords();

    @Option(
            names = "--max-ring",
            paramLabel = "MB",
            description =
                    "Keep no more of a stream's history than this in the copy. Default:"
                            + " ${DEFAULT-VALUE}.")
    private int maxRingMegabytes = (int) (Limits.DEFAULT.ringBytes() / MEGABYTE);

    @Option(
            names = "--max-rate",
            paramLabel = "N",
            description =
                    "Refuse more connections a second from one address than this; 0 for no limit."
                            + " Default: ${DEFAULT-VALUE}.")
    private int maxRate = Rules.DEFAULT_CONNECTIONS_PER_SECOND;

    @Option(
            names = "--head-timeout",
            paramLabel = "SECONDS",
            description = "Time for a transmitter to say what it sends. Default: ${DEFAULT-VALUE}.")
    private double headTimeoutS = Rules.DEFAULT_HEAD_TIMEOUT_NS / 1e9;

    Rules rules(@Nullable Tls tls) {
        return new Rules(
                allow.stream().map(this::range).toList(),
                patterns(),
                new Limits(
                        MEGABYTE * check("--max-size", maxMegabytes, 1, Integer.MAX_VALUE),
                        check("--max-keywords", maxKeywords, 0, MAX_KEYWORDS),
                        MEGABYTE * check("--max-ring", maxRingMegabytes, 0, Integer.MAX_VALUE)),
                check("--max-rate", maxRate, 0, 1_000_000),
                headTimeoutNs(),
                tls);
    }

    private int check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw wrong(option + " " + value + ": must be " + least + " to " + most);
        }
        return value;
    }

    private long headTimeoutNs() {
        if (!(headTimeoutS >= 0.1 && headTimeoutS <= 3600)) {
            throw wrong("--head-timeout " + headTimeoutS + ": must be 0.1 to 3600");
        }
        return Math.round(headTimeoutS * 1e9);
    }

    private AddressRange range(String text) {
        try {
            return AddressRange.parse(text);
        } catch (IllegalArgumentException e) {
            throw wrong("--allow " + e.getMessage());
        }
    }

    private NamePatterns patterns() {
        try {
            return NamePatterns.of(only);
        } catch (IllegalArgumentException e) {
            throw wrong("--only " + e.getMessage());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
