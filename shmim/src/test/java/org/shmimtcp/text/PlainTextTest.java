package org.shmimtcp.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainTextTest {
    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 7, 8, '\t', '\n', '\r', 0x1b, 0x7f, 0x85, 0x9b, 0xa0, 0xad, 0x61c, 0x115f,
                0x180e, 0x2003, 0x200b, 0x200d, 0x200e, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060,
                0x2066, 0x2069, 0x2800, 0x3000, 0x3164, 0xd800, 0xdfff, 0xe000, 0xfeff, 0xfff9,
                0xfffd, 0xffff, 0xe0041, 0x10ffff
            })
    void whatCannotBeSeenOrDoesMoreIsReplaced(int codePoint) {
        String text = "a" + Character.toString(codePoint) + "b";
        assertThat(PlainText.of(text)).isEqualTo("a?b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "dm01disp03 to [fe80::1%eth0]:8886: connected",
                " ~!\\\"'$`",
                "größe, 126 µs, 50×50…",
                "補償光学",
                "😀"
            })
    void whatCanBeSeenStays(String text) {
        assertThat(PlainText.of(text)).isSameAs(text);
    }

    @Test
    void anEscapeSequenceLosesItsBeginning() {
        assertThat(PlainText.of("\033[2J\033]0;x\007")).isEqualTo("?[2J?]0;x?");
    }
}
