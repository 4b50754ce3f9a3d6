package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamNameTest {
    @ParameterizedTest
    @ValueSource(strings = {"dm01disp03", "a", "aol1_modevalWFS", "x-y.z", "a..b", "Füßchen"})
    void ordinaryNamesPass(String name) {
        assertThat(StreamName.check(name)).isEqualTo(name);
    }

    @Test
    void atMost79BytesPass() {
        assertThat(StreamName.check("n".repeat(79))).hasSize(79);
        assertThat(StreamName.check("é".repeat(39) + "n")).hasSize(40);
        assertThatThrownBy(() -> StreamName.check("n".repeat(80)))
                .hasMessageEndingWith("has more than 79 bytes");
        assertThatThrownBy(() -> StreamName.check("é".repeat(40)))
                .hasMessageEndingWith("has more than 79 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                ".hidden",
                "../evil",
                "a/b",
                "/abs",
                "-rf",
                "a b",
                "a\tb",
                "a\nb",
                "a\u0000b",
                "a\u007fb",
                "\u001b[2J",
                "a\ufffdb"
            })
    void whatCouldDoHarmIsRefusedInOnePrintableLine(String name) {
        assertThatThrownBy(() -> StreamName.check(name))
                .isInstanceOf(ImageException.class)
                .message()
                .startsWith("stream name '")
                .matches("[\\x20-\\x7e]*");
    }

    @Test
    void printableIsShortAndHarmless() {
        assertThat(StreamName.printable("\u001b[2Jä")).isEqualTo("?[2Jä");
        assertThat(StreamName.printable("n".repeat(500))).hasSize(80).endsWith("…");
    }
}
