package org.shmimtcp.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.testing.ShmDir;
import org.shmimtcp.transmit.TransmitSettings;

/** A link as {@code shmimTCPbridge} sets it up, on simulated machines. */
class StreamBridgeTest {
    private static final String ADDRESS = "192.168.2.2";
    private static final int PORT = 8905;
    private static final String PROGRAMS =
            """
            time 2
            program tmux /usr/bin/tmux
            program shmimTCPreceive /b
            program shmimTCPtransmit /b
            """;

    private final Host here = new Host("this machine", "vm", ADDRESS, "", null, null);
    private final Host rtc = new Host("rtc", "root@rtc", ADDRESS, "root@rtc", null, null);
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final List<String> scripts = new CopyOnWriteArrayList<>();
    private final Map<Host, String> facts = new HashMap<>();
    private final Path dir;

    StreamBridgeTest(@ShmDir Path dir) {
        this.dir = dir;
    }

    private Link link(boolean push) {
        return new Link(
                "it's",
                "it's",
                push ? here.role() : rtc.role(),
                push ? rtc.role() : here.role(),
                false,
                PORT,
                null,
                null,
                TransmitSettings.DEFAULT,
                ReceiveSettings.DEFAULT);
    }

    private Plan up(boolean push, Peer peer) {
        Link link = link(push);
        Site site = Site.of(here, rtc, link);
        return Plan.up(site, here, "vm", List.of(link), peer, Plan.Naming.BY_PORT);
    }

    private Plan down(boolean push) {
        Link link = link(push);
        Site site = Site.of(here, rtc, link);
        return Plan.down(site, here, "vm", List.of(link), Plan.Naming.BY_PORT);
    }

    private Machine.Output answer(Host host, String script) {
        if (script.contains("end of facts")) {
            return new Machine.Output(
                    0, PROGRAMS + facts.getOrDefault(host, "") + "\nend of facts\n");
        }
        scripts.add(script);
        if (script.contains("shmimTCPtransmit") && !script.contains("kill-session")) {
            return new Machine.Output(1, "no way\n");
        }
        boolean undo = script.contains("@shmimtcp_run}");
        if (undo && host.equals(rtc)) {
            throw new BridgeException("cannot reach rtc");
        }
        return new Machine.Output(0, "");
    }

    private Bridge bridge(Plan plan) {
        return new Bridge(
                plan,
                new ImageDirectory(dir),
                host -> (script, timeout) -> answer(host, script),
                said::add,
                Duration.ofSeconds(30),
                () -> false);
    }

    /** The hint of what is left can be pasted. */
    @ParameterizedTest
    @CsvSource({"true, ' push'", "false, ''"})
    void theHintForWhatIsLeftEndsThisLink(boolean push, String direction) {
        Plan plan = up(push, Peer.SHMIMTCP);
        assertThat(plan.downCommand(plan.links()))
                .isEqualTo(
                        "shmimTCPbridge --down 'it'\\''s' root@rtc 192.168.2.2 8905" + direction);
        if (push) { // the receiver, on the machine that no longer answers, is left
            assertThatThrownBy(bridge(plan)::up).hasMessageContaining("no way");
            assertThat(said).contains("to end what is left:  " + plan.downCommand(plan.links()));
        }
    }

    private static String session(String mark, String name) {
        return "pane 0 12 M" + mark + " L1 " + name + "\n";
    }

    private static String status(String kind, String peer, int pid) {
        return "status {\"kind\":\""
                + kind
                + "\",\"stream\":\"it's\",\"port\":8905,\"state\":\"connected\",\"host\":\"h\","
                + "\"peer\":\""
                + peer
                + "\",\"version\":\"1\",\"updatedMs\":1000,\"pid\":"
                + pid
                + "}\n";
    }

    private static String command(String address) {
        return "to end it:  shmimTCPbridge --down 'it'\\''s' root@rtc " + address + " 8905";
    }

    @Test
    void downNamesTheOtherDirection() {
        facts.put(here, session("tx/it%27s/192.168.2.2/8905", "sTCPtx-it_s-8905"));
        facts.put(rtc, session("", "sTCPrc-it_s-8905-a5155af3"));
        assertThat(bridge(down(false)).down()).isFalse();
        assertThat(said.getLast())
                .isEqualTo(
                        "it's: runs in the other direction, from this machine (vm) to rtc"
                                + " (root@rtc): "
                                + command(ADDRESS)
                                + " push");
        assertThat(scripts).isEmpty();
    }

    /** It goes from this machine to a third one. */
    @Test
    void downNamesALinkToAnotherMachine() {
        facts.put(here, session("tx/it%27s/10.0.0.1/8905", "sTCPtx-it_s-8905"));
        assertThat(bridge(down(false)).down()).isFalse();
        assertThat(said.getLast())
                .isEqualTo(
                        "it's: a transmitter to 10.0.0.1, port 8905, runs on this machine (vm): "
                                + command("10.0.0.1")
                                + " push");
    }

    @Test
    void downNamesTheOtherAddress() {
        facts.put(rtc, session("tx/it%27s/10.0.0.1/8905", "sTCPtx-it_s-8905"));
        assertThat(bridge(down(false)).down()).isFalse();
        assertThat(said.getLast())
                .isEqualTo(
                        "it's: a transmitter to 10.0.0.1, port 8905, runs on rtc (root@rtc): "
                                + command("10.0.0.1"));
    }

    @Test
    void downSaysWhatRunsInNoSessionOfItsOwn() {
        facts.put(here, status("rx", "192.168.2.2:41000", 77) + session("", "other"));
        facts.put(rtc, status("tx", "192.168.2.2:8905", 12) + session("", "other"));
        assertThat(bridge(down(false)).down()).isFalse();
        assertThat(said)
                .contains(
                        "it's: the transmitter on rtc (root@rtc) was not ended: process 12 runs in"
                                + " tmux session other",
                        "it's: the receiver on this machine (vm) was not ended: process 77 runs in"
                                + " no tmux session of yours");
    }

    @Test
    void downOfNothingSucceeds() {
        assertThat(bridge(down(true)).down()).isTrue();
        assertThat(said).hasSize(2).allMatch(line -> line.contains("runs on"));
    }

    /** A shell in a session of that name is somebody's work. */
    @Test
    void aSessionWithAnotherPurposeStays() {
        String name = up(false, Peer.SHMIMTCP).steps().getFirst().session();
        facts.put(here, "pane 0 12 M L0 " + name + "\n");
        assertThatThrownBy(bridge(up(false, Peer.SHMIMTCP))::up)
                .isInstanceOf(BridgeException.class)
                .hasMessageContaining(name + " on this machine (vm) was not created for a link")
                .hasMessageContaining("tmux kill-session -t =" + name);
        assertThat(bridge(down(false)).down()).isTrue();
        assertThat(scripts).isEmpty();
    }

    @Test
    void anotherLinkWritesTheCopy() {
        facts.put(here, status("rx", "192.168.9.9:41000", 1).replace("8905", "8906"));
        assertThatThrownBy(bridge(up(false, Peer.SHMIMTCP))::up)
                .isInstanceOf(BridgeException.class)
                .hasMessage(
                        "stream 'it's' on this machine (vm) already is the copy of another link,"
                                + " from 192.168.9.9:41000 to port 8906: end that one first");
        assertThat(scripts).isEmpty();
    }

    /** The port of a link has changed: its receiver on the former one is replaced. */
    @Test
    void theLinkItselfMayHaveHadAnotherPort() {
        String session = up(false, Peer.SHMIMTCP).steps().getFirst().session();
        facts.put(
                here,
                status("rx", "192.168.9.9:41000", 12).replace("8905", "8906")
                        + session("", session));
        assertThatThrownBy(bridge(up(false, Peer.SHMIMTCP))::up).hasMessageContaining("no way");
        assertThat(said)
                .contains("it's: receiver started on this machine (vm), session " + session);
    }

    /** Both machines and both shapes are named, whichever runs the command. */
    @ParameterizedTest
    @CsvSource({
        "false, this machine (vm), rtc (root@rtc)",
        "true, rtc (root@rtc), this machine (vm)"
    })
    void aCopyOfAnotherShapeIsRefused(boolean push, String at, String source) throws Exception {
        facts.put(push ? rtc : here, stream(3));
        facts.put(push ? here : rtc, stream(4));
        assertThatThrownBy(bridge(up(push, Peer.SHMIMTCP))::up)
                .isInstanceOf(BridgeException.class)
                .hasMessageStartingWith(
                        "stream 'it's' on " + at + " is 3x3 f32; on " + source + " it is 4x4 f32: ")
                .hasMessageEndingWith("remove it on " + at + " (shmim rm it's)");
    }

    private String stream(int size) throws Exception {
        ImageDirectory streams = new ImageDirectory(dir);
        ImageSpec spec = ImageSpec.of("it's", DataType.FLOAT, Shape.of(size, size));
        Image.create(streams, spec).close();
        Machine.Output output =
                Shell.run(
                        List.of("bash", "-s"),
                        Map.of("MILK_SHM_DIR", dir.toString()),
                        Facts.script(List.of("it's"), List.of()),
                        Duration.ofSeconds(30),
                        "here");
        streams.remove("it's");
        return output.text().lines().filter(l -> l.startsWith("stream ")).findFirst().orElseThrow();
    }

    /** The C transmitter ends with the receiver; the session starts it again. */
    @ParameterizedTest
    @CsvSource({"MILK", "SHMIMTCP"})
    void theCTransmitterRunsInItsSession(Peer peer) {
        Step transmitter = up(false, peer).steps().getLast();
        boolean milk = peer == Peer.MILK;
        assertThat(transmitter.at()).isEqualTo(rtc);
        assertThat(transmitter.session()).isEqualTo("sTCPtx-it_s-8905");
        assertThat(transmitter.command().contains("tmux new-session")).isEqualTo(milk);
        assertThat(transmitter.command().contains("sh -c 'until shmimTCPtransmit "))
                .isEqualTo(milk);
        assertThat(transmitter.command().contains("@shmimtcp tx/it%27s/192.168.2.2/8905"))
                .isEqualTo(milk);
        assertThat(up(false, peer).steps().getFirst().command()).doesNotContain("while");
    }

    /** Links to several machines, on several ports, into several copies do not wait. */
    @Test
    void aLinkIsLockedByWhatItOccupies() {
        Plan pull = up(false, Peer.SHMIMTCP);
        Plan push = up(true, Peer.SHMIMTCP);
        assertThat(pull.lockName(pull.links().getFirst())).isEqualTo("it's");
        assertThat(push.lockName(push.links().getFirst())).isEqualTo("it's-192.168.2.2-8905");
    }

    @Test
    void aMessageOfThisCommandNamesNoSiteFile() {
        @Nullable String said = null;
        Bridge bridge =
                new Bridge(
                        up(false, Peer.SHMIMTCP),
                        new ImageDirectory(dir),
                        host ->
                                (script, timeout) ->
                                        new Machine.Output(
                                                0, "time 1\nprogram tmux /t\nend of facts\n"),
                        line -> {},
                        Duration.ofSeconds(30),
                        () -> false);
        try {
            bridge.up();
        } catch (BridgeException e) {
            said = e.getMessage();
        }
        assertThat(said).contains("no shmimTCPreceive on the PATH").doesNotContain("site", "bin =");
    }
}
