package org.shmimtcp.site;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.loop.Waiting;

/**
 * How a link works, in the words of the commands' options.
 *
 * @param localName the copy's name; null for the source's
 * @param fps most frames a second; 0 for no limit
 * @param every each frame instead of the newest
 * @param priority SCHED_FIFO, 0 for none
 * @param waiting how both ends wait for a frame
 * @param cpus a list like {@code 2,4-7}; empty for what {@code $SHMIMTCP_CPUSET} says
 * @param wire auto, native, milk1, milk2, milk3
 * @param onLoss hold, zero, zero:SECONDS
 * @param sameCounter true to give the copy the source's cnt0
 * @param statusKeywords true to keep the state of the link in keywords of the copy
 * @param bind address that the receiver listens on; null for what its host says
 * @param allow addresses that may connect; empty for all
 * @param tls null for none
 */
public record LinkOptions(
        @Nullable String localName,
        double fps,
        boolean every,
        int priority,
        Waiting waiting,
        String cpus,
        org.shmimtcp.transmit.Wire wire,
        String onLoss,
        boolean sameCounter,
        boolean statusKeywords,
        @Nullable String bind,
        List<String> allow,
        @Nullable TlsFiles tls) {
    static final int DEFAULT_PRIORITY = 80;

    /** What the commands do where no option is given. */
    public static final LinkOptions DEFAULT =
            new LinkOptions(
                    null,
                    0,
                    false,
                    DEFAULT_PRIORITY,
                    Waiting.AUTO,
                    "",
                    org.shmimtcp.transmit.Wire.AUTO,
                    "hold",
                    false,
                    false,
                    null,
                    List.of(),
                    null);

    /** What each machine has in its own files of these names. */
    public record TlsFiles(String cert, String key, String ca, @Nullable String name) {
        private void addTo(List<String> arguments) {
            arguments.add("--tls-cert=" + cert);
            arguments.add("--tls-key=" + key);
            arguments.add("--tls-ca=" + ca);
            if (name != null) {
                arguments.add("--tls-name=" + name);
            }
        }
    }

    /** Those that differ from the command's defaults. */
    public List<String> transmitArguments() {
        List<String> arguments = new ArrayList<>();
        addLoop(arguments);
        if (wire != org.shmimtcp.transmit.Wire.AUTO) {
            arguments.add("--wire=" + wire.name().toLowerCase(Locale.ROOT));
        }
        if (every) {
            arguments.add("--every");
        }
        if (fps > 0) {
            arguments.add("--fps=" + fps);
        }
        if (tls != null) {
            tls.addTo(arguments);
        }
        return arguments;
    }

    /**
     * Those that differ from the command's defaults.
     *
     * @param address to listen on; null for all
     */
    public List<String> receiveArguments(@Nullable String address) {
        List<String> arguments = new ArrayList<>();
        addLoop(arguments);
        if (address != null) {
            arguments.add("--bind=" + address);
        }
        if (localName != null) {
            arguments.add("--name=" + localName);
        }
        if (!onLoss.equals("hold")) {
            arguments.add("--on-loss=" + onLoss);
        }
        if (sameCounter) {
            arguments.add("--counter=source");
        }
        if (statusKeywords) {
            arguments.add("--status-keywords");
        }
        allow.forEach(range -> arguments.add("--allow=" + range));
        if (tls != null) {
            tls.addTo(arguments);
        }
        return arguments;
    }

    private void addLoop(List<String> arguments) {
        if (priority != DEFAULT_PRIORITY) {
            arguments.add("-p");
            arguments.add(Integer.toString(priority));
        }
        if (waiting != Waiting.AUTO) {
            arguments.add("--wait=" + waiting.optionName());
        }
    }
}
