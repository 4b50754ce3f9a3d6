package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The arguments of {@code shmimTCPbridge}, which are checked before anything is done. */
class StreamBridgeCommandTest {
    @TempDir Path dir;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "|rtc|192.168.2.2|8905||stream name '' is empty",
                "../evil|rtc|192.168.2.2|8905||stream name '../evil' starts with '.'",
                "a b|rtc|192.168.2.2|8905||stream name 'a b' contains a blank",
                "dm1||192.168.2.2|8905||USER@HOST: expected HOST or USER@HOST, not ''",
                "dm1|u@|192.168.2.2|8905||USER@HOST: expected HOST or USER@HOST, not 'u@'",
                "dm1|@rtc|192.168.2.2|8905||USER@HOST: expected HOST or USER@HOST, not '@rtc'",
                "dm1|-oX|192.168.2.2|8905||Unknown option: '-oX'",
                "dm1|u@-oX|192.168.2.2|8905||USER@HOST: expected HOST or USER@HOST, not 'u@-oX'",
                "dm1|u@this machine|192.168.2.2|8905||USER@HOST: expected HOST or USER@HOST",
                "dm1|rtc|not an ip|8905||RECEIVER_IP: expected an IP address or a host name",
                "dm1|rtc|192.168.2.256|8905||RECEIVER_IP: expected an IP address or a host name",
                "dm1|rtc|192.168.2|8905||RECEIVER_IP: expected an IP address or a host name",
                "dm1|rtc||8905||RECEIVER_IP: expected an IP address or a host name, not ''",
                "dm1|rtc|192.168.2.2|abc||expected a whole number from 1 to 65535, not 'abc'",
                "dm1|rtc|192.168.2.2|0||expected a whole number from 1 to 65535, not 0",
                "dm1|rtc|192.168.2.2|65536||expected a whole number from 1 to 65535, not 65536",
                "dm1|rtc|192.168.2.2|8905|both|expected pull or push, not 'both'",
            })
    void aWrongArgumentIsNamed(
            String stream, String ssh, String address, String port, String way, String message) {
        for (String option : List.of("--dry-run", "--status", "--down", "--timeout=1")) {
            List<String> all = new java.util.ArrayList<>(List.of(option));
            for (String word : new String[] {stream, ssh, address, port}) {
                all.add(word == null ? "" : word);
            }
            if (way != null) {
                all.add(way);
            }
            var result = new Shell(dir).run("shmimTCPbridge", all.toArray(String[]::new));
            assertThat(result.exit()).as(result.err()).isEqualTo(2);
            assertThat(result.err().lines().findFirst().orElse("").replace('"', '\''))
                    .startsWith("shmimTCPbridge: ")
                    .contains(message);
            assertThat(result.out()).isEmpty();
            assertThat(dir).isEmptyDirectory();
        }
    }

    @Test
    void aHostIsAnAddressOrAName() {
        for (String address :
                List.of("192.168.2.2", "fd00::2", "fe80::1%eth0", "rtc-link", "a.b_c.d", "4you")) {
            var result =
                    new Shell(dir)
                            .run(
                                    "shmimTCPbridge",
                                    "-n",
                                    "it's",
                                    "u.x@rtc",
                                    address,
                                    "8905",
                                    "PUSH");
            assertThat(result.err()).isEmpty();
            assertThat(result.out())
                    .contains("ssh u.x@rtc", "shmimTCPtransmit --session ", "it'\\''s' " + address);
        }
        assertThat(dir).isEmptyDirectory();
    }

    /** Words and numbers of other commands are refused in the same way. */
    @Test
    void whatWasExpectedIsSaidInTheSameWords() {
        assertThat(new Shell(dir).run("shmim", "bridge", "upp").err())
                .contains("expected up, down, status or plan, not \"upp\"");
        assertThat(new Shell(dir).run("dmdispbridge", "--timeout=x", "dm01disp03").err())
                .contains("expected a number, not \"x\"");
        assertThat(new Shell(dir).run("dmdispbridge", "--peer=c", "dm01disp03").err())
                .contains("expected shmimtcp or milk, not \"c\"");
    }
}
