package org.shmimtcp.testing;

/** The text of a site's file in which hosts A and B are this machine, with links from A to B. */
public final class TwoHostSite {
    private final StringBuilder text =
            new StringBuilder(
                    """
                    replace = true
                    [hosts.A]
                    address = "127.0.0.1"
                    ssh = "a"
                    [hosts.B]
                    address = "127.0.0.1"
                    ssh = "b"
                    """);

    /** Adds a stream, 50 × 50 f32. */
    public TwoHostSite with(String stream, int port) {
        return with(
                """
                [streams.%s]
                from = "A"
                to = "B"
                port = %d
                size = [50, 50]
                type = "f32"
                priority = 0
                """
                        .formatted(stream, port));
    }

    /** Adds lines unchanged; the first one is line 8. */
    public TwoHostSite with(String lines) {
        text.append(lines);
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
