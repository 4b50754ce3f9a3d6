package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.offer.Offering;
import org.shmimtcp.posix.Processes;
import org.shmimtcp.process.UserError;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.ShmDir;

/** The streams and links of four hosts, which are addresses of this machine. */
@Timeout(60)
class SiteStreamsTest {
    private final int port = Programs.freePort();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Path dir;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    SiteStreamsTest(@ShmDir Path dir) {
        this.dir = dir;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    /** Hosts A, B, … at 127.0.0.2, 127.0.0.3, … */
    private Site site(int hosts, String more) throws IOException {
        StringBuilder text = new StringBuilder("replace = true\n");
        for (int n = 0; n < hosts; n++) {
            text.append(
                    "[hosts.%c]\nname = \"pc%d\"\naddress = \"127.0.0.%d\"\nssh = \"x\"\n"
                            .formatted((char) ('A' + n), n, 2 + n));
        }
        Path file = Files.writeString(dir.resolve("site.toml"), text + more);
        return SiteFile.read(Map.of("SHMIMTCP_CONFIG", file.toString()));
    }

    private String offer() {
        return "[offer]\nstreams = [\"*\"]\nport = " + port + "\n";
    }

    private void offer(String host, String... streams) throws IOException {
        ImageDirectory directory = new ImageDirectory(Files.createDirectory(dir.resolve(host)));
        for (String stream : streams) {
            opened.add(
                    Image.create(
                            directory, ImageSpec.of(stream, DataType.FLOAT, Shape.of(50, 50))));
        }
        OfferSettings settings =
                OfferSettings.NOTHING
                        .with(OfferSettings.PORT, port)
                        .with(OfferSettings.STREAMS, List.of("*"))
                        .with(ReceiveSettings.BIND, host);
        opened.add(new Offering(settings, directory, end -> Observer.NONE));
    }

    private void print(SiteStreams streams, String beginning) {
        streams.print(
                name -> name.startsWith(beginning), new PrintWriter(out), new PrintWriter(err));
    }

    @Test
    void streamsOfAllHosts() throws IOException {
        offer("127.0.0.2", "cam", "dm");
        offer("127.0.0.3", "cam");
        SiteStreams streams = SiteStreams.ask(site(2, offer()));
        print(streams, "");
        assertThat(streams.isComplete()).isTrue();
        assertThat(out.toString().lines())
                .containsExactly(
                        dir.resolve("site.toml") + ": 3 streams on 2 of 2 hosts",
                        "HOST  NAME   SIZE  TYPE  RATE    AGE  CNT0",
                        "A     cam   50x50  f32   0 Hz  never     0",
                        "A     dm    50x50  f32   0 Hz  never     0",
                        "B     cam   50x50  f32   0 Hz  never     0");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void hostsThatDoNotAnswerAreNamedWithinTwoSecondsAfterTheRest() throws IOException {
        offer("127.0.0.2", "cam", "dm");
        ServerSocket hung = new ServerSocket(); // accepts in the kernel, and says nothing
        opened.add(hung);
        hung.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.3"), port));
        Site site = site(3, offer());
        long beginNs = System.nanoTime();
        SiteStreams streams = SiteStreams.ask(site);
        long tookNs = System.nanoTime() - beginNs;
        print(streams, "c");
        assertThat(streams.isComplete()).isFalse();
        assertThat(tookNs).isLessThan(2_000_000_000L);
        assertThat(out.toString().lines())
                .containsExactly(
                        dir.resolve("site.toml") + ": 1 stream on 1 of 3 hosts",
                        "HOST  NAME   SIZE  TYPE  RATE    AGE  CNT0",
                        "A     cam   50x50  f32   0 Hz  never     0");
        List<String> silent = err.toString().lines().toList();
        assertThat(silent).hasSize(2);
        assertThat(silent.getFirst())
                .startsWith("B (pc1) did not answer at 127.0.0.3:" + port + ": no answer")
                .endsWith("; does 'shmim serve' run there?");
        assertThat(silent.getLast())
                .startsWith("C (pc2) did not answer at 127.0.0.4:" + port)
                .containsIgnoringCase("refused");
    }

    @Test
    void forScripts() throws IOException {
        offer("127.0.0.2", "cam");
        assertThat(SiteStreams.ask(site(2, offer())).json(name -> true).replaceAll("\\s", ""))
                .startsWith(
                        "[{\"cnt0\":0,\"host\":\"A\",\"name\":\"cam\",\"rateHz\":0.0,\"size\":\"50x50\","
                                + "\"type\":\"f32\"},{\"fault\":\"");
    }

    /** Publishes a status as that of a link of this process, which is alive. */
    private void link(String host, String kind, String stream, String state) throws IOException {
        Path states = Files.createDirectories(dir.resolve(host).resolve(".shmimtcp"));
        long pid = ProcessHandle.current().pid();
        long nowMs = System.currentTimeMillis();
        Files.writeString(
                states.resolve(kind + "-" + pid + "-1.json"),
                """
                {"kind":"%s","stream":"%s","peer":"192.0.2.7:8886","port":8886,
                 "state":"%s","sinceMs":%d,"inPerS":100.0,"outPerS":100.0,"skipped":3,
                 "lastError":"no route","lastErrorMs":%d,"pid":%d,
                 "processStart":%d,"host":"x","version":"1","updatedMs":%d}
                """
                        .formatted(
                                kind,
                                stream,
                                state,
                                nowMs - 7000,
                                nowMs - 60_000,
                                pid,
                                Processes.startTicks((int) pid),
                                nowMs));
    }

    @Test
    void linksOfAllHostsFromTheSourceToTheCopy() throws IOException {
        offer("127.0.0.2");
        offer("127.0.0.3");
        link("127.0.0.2", "rx", "cam", "waiting");
        link("127.0.0.3", "tx", "cam", "connected");
        SiteLinks links = SiteLinks.ask(site(3, offer()), link -> true);
        links.print(new PrintWriter(out), new PrintWriter(err));
        assertThat(links.isWell()).isFalse();
        assertThat(out.toString().replaceAll(" +", " ").lines())
                .containsExactly(
                        dir.resolve("site.toml") + ": 2 link ends on 2 of 3 hosts",
                        "STREAM END PEER STATE SINCE IN OUT MB/s SKIPPED AGE p50 p99 LAST ERROR",
                        "cam tx on B 192.0.2.7:8886 connected 7.0 s 100 Hz 100 Hz 0.0 3 - - no"
                                + " route (1.0 min ago)",
                        "cam rx on A 192.0.2.7:8886 waiting 7.0 s 100 Hz 100 Hz 0.0 3 - - no"
                                + " route (1.0 min ago)");
        assertThat(err.toString())
                .startsWith("C (pc2) did not answer at 127.0.0.4:" + port)
                .hasLineCount(1);
        assertThat(links.json().replaceAll("\\s", ""))
                .startsWith("[{\"role\":\"B\",")
                .contains(
                        "{\"role\":\"A\",", "\"state\":\"waiting\"", "{\"role\":\"C\",\"fault\":");
    }

    @Test
    void linksOfOneStreamThatWork() throws IOException {
        offer("127.0.0.2");
        link("127.0.0.2", "tx", "cam", "connected");
        link("127.0.0.2", "rx", "other", "waiting");
        Site site = site(1, offer());
        assertThat(SiteLinks.ask(site, link -> link.concerns("cam")).isWell()).isTrue();
        assertThat(SiteLinks.ask(site, link -> true).isWell()).isFalse();
        assertThat(SiteLinks.ask(site, link -> link.concerns("none")).isWell()).isFalse();
    }

    @Test
    void aSiteThatOffersNothing() throws IOException {
        Site site = site(1, "");
        assertThatThrownBy(() -> SiteStreams.ask(site))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("offers no streams: add [offer]");
    }
}
