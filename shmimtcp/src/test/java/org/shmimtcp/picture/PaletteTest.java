package org.shmimtcp.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.shmimtcp.picture.Palette.Colors;

class PaletteTest {
    private static Colors colors(String... namesAndValues) {
        return palette(namesAndValues).colors();
    }

    private static Palette palette(String... namesAndValues) {
        Map<String, String> environment = new java.util.HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            environment.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Palette.of(environment);
    }

    @Test
    void colorsByTerminal() {
        assertThat(colors("TERM", "xterm-256color", "COLORTERM", "truecolor"))
                .isEqualTo(Colors.TRUE);
        assertThat(colors("TERM", "xterm-direct")).isEqualTo(Colors.TRUE);
        assertThat(colors("TERM", "tmux-256color")).isEqualTo(Colors.INDEXED);
        assertThat(colors("TERM", "screen")).isEqualTo(Colors.INDEXED);
        assertThat(colors("TERM", "vt100")).isEqualTo(Colors.NONE);
        assertThat(colors("TERM", "dumb", "COLORTERM", "truecolor")).isEqualTo(Colors.NONE);
        assertThat(colors()).isEqualTo(Colors.NONE);
    }

    @Test
    void noColorWins() {
        assertThat(colors("TERM", "xterm", "COLORTERM", "24bit", "NO_COLOR", "1"))
                .isEqualTo(Colors.NONE);
        assertThat(colors("TERM", "xterm", "COLORTERM", "24bit", "NO_COLOR", ""))
                .isEqualTo(Colors.TRUE);
    }

    @Test
    void theFirstLocaleVariableThatIsSetDecides() {
        assertThat(palette("LANG", "de_DE.UTF-8").unicode()).isTrue();
        assertThat(palette("LC_ALL", "C", "LANG", "de_DE.UTF-8").unicode()).isFalse();
        assertThat(palette("LC_CTYPE", "en_US.utf8", "LANG", "C").unicode()).isTrue();
        assertThat(palette("LC_ALL", "", "LANG", "C.UTF-8").unicode()).isTrue();
        assertThat(palette().unicode()).isFalse();
    }

    @Test
    void sequences() {
        assertThat(new Palette(Colors.TRUE, true).sequence(38, 0x0102FF))
                .isEqualTo("\u001b[38;2;1;2;255m");
        Palette indexed = new Palette(Colors.INDEXED, true);
        assertThat(indexed.sequence(48, 0xFF0000)).isEqualTo("\u001b[48;5;196m");
        assertThat(indexed.sequence(48, 0x000000)).isEqualTo("\u001b[48;5;16m");
        assertThat(indexed.sequence(48, 0xFFFFFF)).isEqualTo("\u001b[48;5;231m");
        assertThat(indexed.sequence(48, 0x808080)).isEqualTo("\u001b[48;5;244m");
        assertThat(Palette.PLAIN.sequence(38, 0x0102FF)).isEmpty();
    }
}
