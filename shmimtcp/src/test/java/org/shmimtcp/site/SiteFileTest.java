package org.shmimtcp.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.compress.Compression;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.settings.AlertSettings;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.testing.Project;
import org.shmimtcp.transmit.TransmitSettings;
import org.shmimtcp.transmit.Wire;
import org.shmimtcp.want.WantSettings;

class SiteFileTest {
    private static final Site BUILT_IN = SiteFile.builtIn();
    private static final Host ICC = BUILT_IN.host("ICC");
    private static final Host RTC = BUILT_IN.host("RTC");
    private static final String HOSTS =
            """
            replace = true
            [hosts.A]
            address = "10.0.0.1"
            ssh = "a"
            [hosts.B]
            address = "10.0.0.2"
            ssh = "b"
            """;

    private static final String VIEWERS =
            """
            [publish.viewers]
            on = "A"
            port = 5557
            streams = ["cam*", "dm01disp"]
            fps = 2.5
            compress = true
            bind = "10.0.0.1"
            allow = ["10.0.0.0/24"]
            [publish.all]
            on = "B"
            streams = ["*"]
            [subscribe.rtc]
            on = "A"
            host = "rtc"
            streams = ["camtip", "camwfs/camwfs_rtc"]
            counter = "source"
            on_loss = "zero:5"
            """;

    @Test
    void publishersAndSubscriptions() {
        Site site = SiteFile.parse(Path.of("site.toml"), HOSTS + VIEWERS, BUILT_IN);
        assertThat(site.services(site.host("A")).stream().map(Service::arguments))
                .containsExactly(
                        List.of(
                                "publish",
                                "-p",
                                "5557",
                                "--fps=2.5",
                                "-x",
                                "--bind=10.0.0.1",
                                "--allow=10.0.0.0/24",
                                "--",
                                "cam*",
                                "dm01disp"),
                        List.of(
                                "subscribe",
                                "--on-loss=zero:5",
                                "--counter=source",
                                "--",
                                "rtc",
                                "camtip",
                                "camwfs/camwfs_rtc"));
        assertThat(site.services(site.host("B")).stream().map(Service::title))
                .containsExactly("publisher 'all'");
        assertThat(site.streams()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[publish.x]\\nstreams = [\"a\"]| site.toml:8:1: 'x' needs the key 'on', a string",
                "[publish.x]\\non = \"C\"| site.toml:9:1: no host 'C'; there are A, B",
                "[publish.x]\\non = \"A\"| site.toml:8:1: 'x' needs the key 'streams', as in"
                        + " [\"cam*\"]",
                "PUBport = 0| site.toml:11:1: 'port': expected 1 to 65535",
                "PUBfps = 0| site.toml:11:1: expected a number from 0.01 to 10000, not 0",
                "PUBcompress = 1| site.toml:11:1: 'compress': expected true or false",
                "PUBbind = \"a/8\"| site.toml:11:1: 'a': an IPv4 or IPv6",
                "PUBallow = [\"x\"]| site.toml:11:1: 'x'",
                "PUBtls = {}| site.toml:11:1: unknown key 'tls'; nearest: fps",
                "[publish.x]\\non = \"A\"\\nstreams = [\"a/b\"]| site.toml:10:1: 'a/b': a pattern",
                "PUBport = 9\\n[publish.y]\\non = \"A\"\\nstreams = [\"b\"]\\nport = 9|"
                        + " site.toml:15:1: 'y' (line 15) and 'x' (line 11) both listen on port 9"
                        + " of A (A): give one of them another port",
                "PUBport = 9\\n[streams.s]\\nfrom = \"B\"\\nto = \"A\"\\nport = 9|"
                        + " site.toml:11:1: 'x' (line 11) and 's' (line 15) both listen on port 9"
                        + " of A (A): give one of them another port",
                "SUBcounter = \"mine\"| site.toml:12:1: expected one of own, source, not \"mine\"",
                "SUBport = 0| site.toml:12:1: expected a whole number from 1 to 65535, not 0",
                "[subscribe.x]\\non = \"A\"\\nstreams = [\"a\"]| site.toml:8:1: 'x' needs the key"
                        + " 'host', a string",
                "SUB[streams.a]\\nfrom = \"B\"\\nto = \"A\"\\nport = 9| site.toml:11:1: 'x' (line"
                        + " 11) and 'a' (line 12) both write the stream 'a' on A (A): give one of them"
                        + " another name here, as in \"a/other\"",
                "[subscribe.x]\\non = \"A\"\\nhost = \"h\"\\nstreams = [\"a\", \"b/a\"]|"
                        + " site.toml:11:1: two streams would be 'a' here: name one NAME/LOCAL"
            })
    void whatServicesMayNotSay(String lines, String message) {
        String text =
                lines.replace("PUB", "[publish.x]\\non = \"A\"\\nstreams = [\"a\"]\\n")
                        .replace(
                                "SUB",
                                "[subscribe.x]\\non = \"A\"\\nhost = \"h\"\\nstreams = [\"a\"]\\n")
                        .replace("\\n", "\n");
        assertThatThrownBy(
                        () -> SiteFile.parse(Path.of("site.toml"), HOSTS + text + "\n", BUILT_IN))
                .isInstanceOf(SiteException.class)
                .hasMessageStartingWith(message);
    }

    /** The package's file sets nothing. Its example is valid once the comment signs are removed. */
    @Test
    void theExampleOfThePackage(@TempDir Path dir) throws IOException {
        String text =
                Files.readString(Project.ROOT.resolve("shmimtcp/src/main/packages/config.toml"));
        Path file = dir.resolve("config.toml");
        Files.writeString(file, text);
        assertThat(SiteFile.read(file).chooseServed(ICC).links()).isEmpty();
        Files.writeString(file, text.replaceAll("(?m)^#(?=[a-z\\[])", ""));
        Site site = SiteFile.read(file);
        assertThat(site.chooseServed(site.host("ICC")).links()).hasSize(13);
        assertThat(site.services(site.host("ICC")).stream().map(Service::name))
                .containsExactly("viewers");
        assertThat(site.services(site.host("RTC")).stream().map(Service::name))
                .containsExactly("icc");
    }

    @ParameterizedTest
    @CsvSource({
        "dm00disp00, ICC, RTC, 192.168.2.2, 8780, 11, 11",
        "dm00disp11, ICC, RTC, 192.168.2.2, 8791, 11, 11",
        "dm01disp03, ICC, RTC, 192.168.2.2, 8803, 50, 50",
        "dm02disp11, RTC, ICC, 192.168.2.3, 8831, 34, 34",
        "dm61disp00, ICC, RTC, 192.168.2.2, 8600, 3, 1",
        "dm62disp01, ICC, RTC, 192.168.2.2, 8621, 3, 1",
        "dm63disp02, ICC, RTC, 192.168.2.2, 8642, 3, 1",
        "dm64disp03, ICC, RTC, 192.168.2.2, 8663, 3, 1",
        "dm65disp04, ICC, RTC, 192.168.2.2, 8684, 3, 1",
        "dm66disp11, ICC, RTC, 192.168.2.2, 8711, 3, 1"
    })
    void channelsOfTheMirrors(
            String name, String from, String to, String address, int port, int nx, int ny) {
        List<Link> links = BUILT_IN.choose(List.of(name), BUILT_IN.host(from)).links();
        assertThat(links).hasSize(1);
        Link link = links.getFirst();
        assertThat(link.stream()).isEqualTo(name);
        assertThat(link.from()).isEqualTo(from);
        assertThat(link.to()).isEqualTo(to);
        assertThat(BUILT_IN.host(to).address()).isEqualTo(address);
        assertThat(link.port()).isEqualTo(port);
        assertThat(link.shape()).isEqualTo(Shape.of(nx, ny));
        assertThat(link.type()).isEqualTo(DataType.FLOAT);
    }

    @Test
    void noTwoChannelsHaveOnePort() {
        List<Link> all = BUILT_IN.choose(List.copyOf(BUILT_IN.families().keySet()), ICC).links();
        assertThat(all).hasSize(9 * 12);
        assertThat(all.stream().map(Link::port).distinct()).hasSize(9 * 12);
    }

    @Test
    void theOlderNameMeansTheOtherMirrorOnRtcOnly() {
        Site.Choice onRtc = BUILT_IN.choose(List.of("dm01disp05"), RTC);
        assertThat(onRtc.links()).extracting(Link::name).containsExactly("dm02disp05");
        assertThat(onRtc.notices())
                .containsExactly(
                        "dm01disp05 is the older name of dm02disp05 on RTC: using dm02disp05");
        Site.Choice onIcc = BUILT_IN.choose(List.of("dm01disp05"), ICC);
        assertThat(onIcc.links()).extracting(Link::name).containsExactly("dm01disp05");
        assertThat(onIcc.notices()).isEmpty();
    }

    @Test
    void rangesAndWholeMirrors() {
        assertThat(
                        BUILT_IN.choose(List.of("dm01disp03", "dm00disp04-06", "dm01disp03"), ICC)
                                .links())
                .extracting(Link::name)
                .containsExactly("dm01disp03", "dm00disp04", "dm00disp05", "dm00disp06");
        assertThat(BUILT_IN.choose(List.of("tweeter"), ICC).links()).hasSize(12);
        assertThatThrownBy(() -> BUILT_IN.choose(List.of("dm00disp05-03"), ICC))
                .hasMessageStartingWith("'dm00disp05-03' is not a range");
        assertThatThrownBy(() -> BUILT_IN.choose(List.of("dm00disp10-12"), ICC))
                .hasMessageStartingWith("no channel 'dm00disp12'; nearest: dm00disp02, ");
    }

    @Test
    void unknownNamesAndRolesAreExplained() {
        assertThatThrownBy(() -> BUILT_IN.choose(List.of("dm01disp3"), ICC))
                .hasMessageStartingWith("no channel 'dm01disp3'; nearest: dm01disp03, ")
                .hasMessageContaining("dm02disp00 to dm02disp11 (ncpc)");
        assertThatThrownBy(() -> BUILT_IN.host(null))
                .hasMessage("this machine has no role: set $MAGAOX_ROLE to ICC or RTC");
        assertThatThrownBy(() -> BUILT_IN.host("AOC"))
                .hasMessage(
                        "$MAGAOX_ROLE is 'AOC', which the built-in table does not know: ICC or RTC"
                                + " was expected");
    }

    private static Site parse(String text) {
        return SiteFile.parse(Path.of("site.toml"), text, BUILT_IN);
    }

    @Test
    void aStreamHasAllOptions() {
        Site site =
                parse(
                        HOSTS
                                + """
                                [streams.camtip]
                                from = "A"
                                to = "B"
                                port = 9000
                                stream = "camtip_raw"
                                local_name = "camtip_a"
                                size = [120, 120]
                                type = "ui16"
                                fps = 12.5
                                every = true
                                compress = "lz4"
                                priority = 60
                                cpus = "2,4-7"
                                wire = "native"
                                on_loss = "zero:2"
                                counter = "source"
                                status_keywords = true
                                bind = "10.0.0.2"
                                allow = ["10.0.0.0/24"]
                                tls = { cert = "/c", key = "/k", ca = "/a", name = "b" }
                                """);
        Link link = site.choose(List.of("camtip"), site.host("A")).links().getFirst();
        assertThat(link.stream()).isEqualTo("camtip_raw");
        assertThat(link.copy()).isEqualTo("camtip_a");
        assertThat(link.shape()).isEqualTo(Shape.of(120, 120));
        assertThat(link.type()).isEqualTo(DataType.UINT16);
        assertThat(link.transmit().get(TransmitSettings.WIRE)).isEqualTo(Wire.NATIVE);
        List<String> tls = List.of("--tls-cert=/c", "--tls-key=/k", "--tls-ca=/a", "--tls-name=b");
        assertThat(link.transmit().arguments())
                .containsSubsequence(
                        "-p", "60", "--wire=native", "--every", "--fps=12.5", "--compress=lz4")
                .endsWith(tls.toArray(String[]::new));
        assertThat(link.receive().arguments())
                .containsSubsequence(
                        "-p",
                        "60",
                        "--bind=10.0.0.2",
                        "--name=camtip_a",
                        "--on-loss=zero:2",
                        "--counter=source",
                        "--status-keywords",
                        "--allow=10.0.0.0/24")
                .endsWith(tls.toArray(String[]::new));
        assertThat(site.chooseServed(site.host("A")).links()).containsExactly(link);
    }

    /**
     * A host's address applies to all of its receivers, including built-in channels; a link may
     * override it.
     */
    @Test
    void whatReceiversListenOn() {
        Site site =
                parse(
                        """
                        [hosts.RTC]
                        address = "192.168.2.2"
                        ssh = "rtc"
                        bind = "192.168.2.2"
                        [streams.x]
                        from = "ICC"
                        to = "RTC"
                        port = 9000
                        bind = "fe80::2%no-such-interface-here"
                        """);
        List<Link> links = site.choose(List.of("dm01disp00", "x", "dm02disp00"), ICC).links();
        assertThat(links)
                .extracting(site::bind)
                .containsExactly("192.168.2.2", "fe80::2%no-such-interface-here", null);
    }

    @Test
    void aSiteExtendsOrReplacesWhatIsBuiltIn() {
        Site more =
                parse(
                        """
                        serve = ["tweeter", "x"]
                        [hosts.RTC]
                        address = "10.1.1.1"
                        ssh = "elsewhere"
                        [streams.x]
                        from = "RTC"
                        to = "ICC"
                        port = 9001
                        """);
        assertThat(more.host("RTC").address()).isEqualTo("10.1.1.1");
        assertThat(more.host("ICC")).isEqualTo(ICC);
        assertThat(more.chooseServed(ICC).links()).hasSize(13);
        assertThatThrownBy(() -> parse(HOSTS).choose(List.of("tweeter"), ICC))
                .hasMessageStartingWith("no channel 'tweeter'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[streams.x]\\nprot = 1| site.toml:8:1: 'x' needs the key 'from', a string",
                "STREAMport = 1\\nports = 2| site.toml:12:1: unknown key 'ports'; nearest: port",
                "STREAMport = 0| site.toml:11:1: expected a whole number from 1 to 65535, not 0",
                "STREAMport = \"a\"| site.toml:11:1: 'port': expected a whole number from 1 to"
                        + " 65535",
                "STREAM| site.toml:8:1: 'x' needs the key 'port', a number",
                "STREAMport = 1\\nwire = \"milk\"| site.toml:12:1: expected one of auto, native,"
                        + " milk1, milk2, milk3, not \"milk\"",
                "STREAMport = 1\\nsize = [0]| site.toml:12:1: expected one to three sizes above 0,"
                        + " as in [50, 50]",
                "STREAMport = 1\\nsize = 5| site.toml:12:1: 'size': expected a list of whole"
                        + " numbers, as in [50, 50]",
                "STREAMport = 1\\ntype = \"f32\"| site.toml:12:1: 'type' needs 'size', as in [50,"
                        + " 50]",
                "STREAMport = 1\\nevery = 1| site.toml:12:1: 'every': expected true or false",
                "STREAMport = 1\\non_loss = \"x\"| site.toml:12:1: 'x': must be hold, zero or"
                        + " zero:SECONDS",
                "STREAMport = 1\\ncounter = \"x\"| site.toml:12:1: expected one of own, source, not"
                        + " \"x\"",
                "STREAMport = 1\\nlocal_name = \"../x\"| site.toml:12:1: stream name '../x' starts"
                        + " with '.'",
                "STREAMport = 1\\nbind = \"rtc\"| site.toml:12:1: 'rtc': an IPv4 or IPv6 address is"
                        + " expected",
                "STREAMport = 1\\nbind = \"10.0.0.0/8\"| site.toml:12:1: '10.0.0.0/8': one address"
                        + " is expected",
                "STREAMport = 1\\ntls = { cert = \"c\" }| site.toml:12:1: 'tls' needs the key"
                        + " 'key', a string",
                "[streams.x]\\nfrom = \"C\"| site.toml:9:1: no host 'C'; there are A, B",
                "[streams.x]\\nfrom = \"A\"\\nto = \"A\"| site.toml:10:1: 'to' is the same machine"
                        + " as 'from': A",
                "[streams.x]\\nfrom = \"A\"\\nto = [\"B\", \"A\"]| site.toml:10:1: 'to' is the same"
                        + " machine as 'from': A",
                "[streams.x]\\nfrom = \"A\"\\nto = [\"B\", \"C\"]| site.toml:10:1: no host 'C'; there"
                        + " are A, B",
                "[streams.x]\\nfrom = \"A\"\\nto = [\"B\", \"B\"]| site.toml:10:1: 'to' names B twice",
                "[streams.x]\\nfrom = \"A\"\\nto = []| site.toml:10:1: 'to': expected a string, or a"
                        + " list of strings, as in [\"RTC\", \"AOC\"]",
                "[streams.x]\\nfrom = \"A\"\\nto = [1]| site.toml:10:1: 'to': expected a string, or a"
                        + " list of strings, as in [\"RTC\", \"AOC\"]",
                "[channels.x]\\nstream = \"dm\"| site.toml:9:1: 'dm' must have a range of numbers,"
                        + " as in dm01disp[00-11]",
                "[stream.x]| site.toml:8:1: unknown key 'stream'; nearest: streams",
            })
    void mistakesAreShownWithTheirPlace(String text, String message) {
        String stream = "[streams.x]\nfrom = \"A\"\nto = \"B\"\n";
        String all = HOSTS + text.replace("STREAM", stream).replace("\\n", "\n") + "\n";
        assertThatThrownBy(() -> parse(all)).isInstanceOf(SiteException.class).hasMessage(message);
    }

    /** Only one link of a machine may use a port or write a copy. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port = 9000| port = 9000| site.toml:8:1: 'y' (line 8) and 'x' (line 4) both listen"
                        + " on port 9000 of RTC (exao2): give one of them another port",
                "port = 9000| port = 8803| site.toml:8:1: 'y' (line 8) and 'dm01disp03' (built in)"
                        + " both listen on port 8803 of RTC (exao2): give one of them another"
                        + " port, or omit the built-in table: replace = true",
                "port = 9000; local_name = \"z\"| port = 9001; local_name = \"z\"| site.toml:10:1:"
                        + " 'y' (line 10) and 'x' (line 5) both write the stream 'z' on RTC (exao2):"
                        + " give one of them another local_name",
                "port = 9000| port = 9001; stream = \"x\"| site.toml:9:1: 'y' (line 9) and 'x'"
                        + " (line 1) both write the stream 'x' on RTC (exao2): give one of them another"
                        + " local_name",
                "port = 9000| port = 9001; stream = \"dm00disp11\"| site.toml:9:1: 'y' (line 9)"
                        + " and 'dm00disp11' (built in) both write the stream 'dm00disp11' on RTC"
                        + " (exao2): give one of them another local_name, or omit the built-in"
                        + " table: replace = true",
            })
    void whatOnlyOneLinkCanHave(String first, String second, String message) {
        String head = "[streams.%s]\nfrom = \"ICC\"\nto = \"RTC\"\n";
        String text =
                head.formatted("x")
                        + first.replace("; ", "\n")
                        + "\n"
                        + head.formatted("y")
                        + second.replace("; ", "\n")
                        + "\n";
        assertThatThrownBy(() -> parse(text)).isInstanceOf(SiteException.class).hasMessage(message);
    }

    @Test
    void channelsOfAFamilyCannotShareACopy() {
        assertThatThrownBy(() ->
                        parse(
                                HOSTS
                                        + """
                                        [channels.dm]
                                        stream = "dm[0-1]"
                                        from = "A"
                                        to = "B"
                                        port = 9000
                                        local_name = "all"
                                        """))
                .hasMessageStartingWith(
                        "site.toml:13:1: 'dm1' (line 13) and 'dm0' (line 13) both write the stream"
                                + " 'all' on B (B): ");
    }

    @Test
    void aLinkGoesToSeveralMachines() {
        Site site =
                parse(
                        HOSTS
                                + """
                                [hosts.C]
                                address = "10.0.0.3"
                                ssh = "c"
                                [streams.x]
                                from = "A"
                                to = ["B", "C"]
                                port = 9000
                                [streams.y]
                                from = "A"
                                to = ["B"]
                                port = 9001
                                [channels.dm]
                                stream = "dm[0-1]"
                                from = "A"
                                to = ["C", "B"]
                                port = 9010
                                """);
        Host here = site.host("A");
        assertThat(site.choose(List.of("x", "y", "dm1"), here).links())
                .extracting(Link::distinctName, Link::name, Link::to, Link::port)
                .containsExactly(
                        tuple("x to B", "x", "B", 9000),
                        tuple("x to C", "x", "C", 9000),
                        tuple("y", "y", "B", 9001),
                        tuple("dm1 to C", "dm1", "C", 9011),
                        tuple("dm1 to B", "dm1", "B", 9011));
        assertThat(site.choose(List.of("dm"), here).links()).hasSize(4);
        assertThat(site.limitsRate(true, "x", 9000)).isFalse();
    }

    /** Different machines may use the same port and the same copy. */
    @Test
    void otherMachinesAreOthers() {
        Site site =
                parse(
                        """
                        [streams.x]
                        from = "ICC"
                        to = "RTC"
                        port = 8820
                        [streams.y]
                        from = "RTC"
                        to = "ICC"
                        stream = "x2"
                        local_name = "dm00disp00"
                        port = 8803
                        """);
        assertThat(site.streams()).hasSize(2);
    }

    @Test
    void whatIsNoTomlIsShownWithItsPlace() {
        assertThatThrownBy(() -> parse("[hosts.A]\naddress = 10.0.0.1\n"))
                .isInstanceOf(SiteException.class)
                .hasMessageStartingWith("site.toml:2:");
    }

    @Test
    void theFileIsFound(@TempDir Path dir) throws IOException {
        assertThat(SiteFile.find(Map.of("SHMIMTCP_CONFIG", "/x"))).contains(Path.of("/x"));
        Path file = dir.resolve(".config/shmimtcp/config.toml");
        assertThat(SiteFile.find(Map.of("HOME", dir.toString()))).isNotEqualTo(file);
        Files.createDirectories(dir.resolve(".config/shmimtcp"));
        Files.writeString(file, "");
        assertThat(SiteFile.find(Map.of("HOME", dir.toString()))).contains(file);
        assertThat(SiteFile.read(Map.of("HOME", dir.toString())).families()).hasSize(9);
        assertThatThrownBy(() -> SiteFile.read(Map.of("SHMIMTCP_CONFIG", "/no/such")))
                .hasMessage("/no/such: it does not exist ($SHMIMTCP_CONFIG names it)");
        assertThatThrownBy(() -> SiteFile.read(Map.of("SHMIMTCP_CONFIG", dir.toString())))
                .hasMessage(dir + ": cannot be read: it is a directory");
        assertThatThrownBy(() -> SiteFile.read(Map.of("SHMIMTCP_CONFIG", "/dev/zero")))
                .hasMessageStartingWith("/dev/zero: cannot be read: it is a device");
    }

    @Test
    void rulesForAlerts() {
        Site site =
                SiteFile.parse(
                        Path.of("site.toml"),
                        HOSTS + "[alerts]\nskipped = 0.5\nstale = 30\n",
                        BUILT_IN);
        assertThat(site.alerts().get(AlertSettings.SKIPPED)).isEqualTo(0.5);
        assertThat(site.alerts().get(AlertSettings.STALE)).isEqualTo(30);
        assertThat(BUILT_IN.alerts().get(AlertSettings.SKIPPED)).isEqualTo(1);
    }

    @Test
    void alertsBeyondLimits() {
        assertThatThrownBy(() ->
                        SiteFile.parse(
                                Path.of("site.toml"),
                                HOSTS + "[alerts]\nskipped = 101\n",
                                BUILT_IN))
                .hasMessageContaining("site.toml:9:1:")
                .hasMessageContaining("a number from 0 to 100");
    }

    @Test
    void whichLinksLeaveOutFramesOnPurpose() {
        Site site =
                SiteFile.parse(
                        Path.of("site.toml"),
                        HOSTS
                                + """
                                [streams.tip]
                                from = "A"
                                to = "B"
                                port = 9000
                                local_name = "tip_a"
                                fps = 10
                                [streams.all]
                                from = "A"
                                to = "B"
                                port = 9001
                                """,
                        BUILT_IN);
        assertThat(site.limitsRate(true, "tip", 9000)).isTrue();
        assertThat(site.limitsRate(false, "tip_a", 9000)).isTrue();
        assertThat(site.limitsRate(false, "tip", 9000)).isFalse();
        assertThat(site.limitsRate(true, "tip", 9001)).isFalse();
        assertThat(site.limitsRate(true, "all", 9001)).isFalse();
    }

    @Test
    void nothingIsOfferedByDefault() {
        assertThat(BUILT_IN.offer().isNothing()).isTrue();
        Site empty = SiteFile.parse(Path.of("site.toml"), HOSTS + "[offer]\nport = 1\n", BUILT_IN);
        assertThat(empty.offer().isNothing()).isTrue();
    }

    @Test
    void anOffer() {
        Site site =
                SiteFile.parse(
                        Path.of("site.toml"),
                        HOSTS
                                + """
                                bind = "10.0.0.2"
                                [offer]
                                streams = ["cam*", "dm01disp"]
                                allow = ["10.0.0.0/24"]
                                tls = { cert = "c", key = "k", ca = "a" }
                                """,
                        BUILT_IN);
        OfferSettings offer = site.offer(site.host("A"));
        assertThat(offer.port()).isEqualTo(8890);
        assertThat(offer.get(OfferSettings.STREAMS)).containsExactly("cam*", "dm01disp");
        assertThat(offer.find(ReceiveSettings.BIND)).isNull();
        assertThat(offer.isGiven(LinkSettings.TLS_CERT)).isTrue();
        assertThat(site.offer(site.host("B")).find(ReceiveSettings.BIND)).isEqualTo("10.0.0.2");
    }

    @Test
    void anOfferWithMistakes() {
        for (String wrong : List.of("streams = [\"a/b\"]", "port = 0", "stream = [\"a\"]")) {
            assertThatThrownBy(() ->
                            SiteFile.parse(
                                    Path.of("site.toml"),
                                    HOSTS + "[offer]\n" + wrong + "\n",
                                    BUILT_IN))
                    .as(wrong)
                    .hasMessageContaining("site.toml:9:1:");
        }
    }

    @Test
    void anOfferOnThePortOfALink() {
        assertThatThrownBy(() ->
                        SiteFile.parse(
                                Path.of("site.toml"),
                                HOSTS
                                        + """
                                        [streams.tip]
                                        from = "A"
                                        to = "B"
                                        port = 8890
                                        [offer]
                                        streams = ["*"]
                                        """,
                                BUILT_IN))
                .hasMessageContaining(
                        "'offer' (line 12) and 'tip' (line 11) both listen on port 8890");
    }

    private static Site wanting(String wants) {
        return SiteFile.parse(
                Path.of("site.toml"), HOSTS + "[offer]\nstreams = [\"*\"]\n" + wants, BUILT_IN);
    }

    @Test
    void whatMachinesWant() {
        Site site =
                wanting(
                        """
                        [want.camwfs]
                        on = "B"
                        [want.tip]
                        on = "B"
                        from = "A"
                        stream = "camtip"
                        local_name = "camtip_a"
                        fps = 10
                        every = true
                        compress = "lz4"
                        on_loss = "zero:2"
                        priority = 0
                        tls = { cert = "c", key = "k", ca = "a" }
                        """);
        assertThat(site.wants(site.host("A"))).isEmpty();
        List<SiteWant> wants = site.wants(site.host("B"));
        WantSettings any = wants.getFirst().settings();
        assertThat(any.get(WantSettings.STREAM)).isEqualTo("camwfs");
        assertThat(any.copy()).isEqualTo("camwfs");
        WantSettings tip = wants.getLast().settings();
        assertThat(tip.get(WantSettings.STREAM)).isEqualTo("A:camtip");
        assertThat(tip.copy()).isEqualTo("camtip_a");
        assertThat(tip.get(TransmitSettings.FPS)).isEqualTo(10);
        assertThat(tip.get(TransmitSettings.EVERY)).isTrue();
        assertThat(tip.get(TransmitSettings.COMPRESS)).isEqualTo(Compression.LZ4);
        assertThat(tip.get(WantSettings.ON_LOSS)).hasToString("zero:2");
        assertThat(tip.get(LinkSettings.PRIORITY)).isZero();
        assertThat(tip.usesTls()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "from = 'A' | 'x' needs the key 'on'",
                "on = 'C' | no host 'C'",
                "on = 'A';from = 'A' | 'from' is the same machine as 'on': A",
                "on = 'A';stream = 'a:b' | 'a:b' needs the key 'from'",
                "on = 'A';stream = 'a/b' | a/b",
                "on = 'A';ports = 1 | ports",
            })
    void aWantWithMistakes(String keys, String message) {
        String table = "[want.x]\n" + keys.replace('\'', '"').replace(';', '\n') + "\n";
        assertThatThrownBy(() -> wanting(table)).hasMessageContaining(message);
    }

    @Test
    void aWantNeedsAnOffer() {
        assertThatThrownBy(() ->
                        SiteFile.parse(
                                Path.of("site.toml"), HOSTS + "[want.x]\non = \"A\"\n", BUILT_IN))
                .hasMessageContaining("'x' needs [offer]");
    }

    @Test
    void aWantTakesNoStreamOfALink() {
        String link = "[streams.tip]\nfrom = \"A\"\nto = \"B\"\nport = 9000\n";
        assertThatThrownBy(() -> wanting(link + "[want.tip]\non = \"B\"\n"))
                .hasMessageContaining("both write the stream 'tip' on B");
        assertThatThrownBy(() -> wanting(link + "[want.tip]\non = \"A\"\n"))
                .hasMessageContaining("write and send the stream 'tip' on A");
        wanting(link + "[want.tip]\non = \"A\"\nlocal_name = \"tip_b\"\n");
    }
}
