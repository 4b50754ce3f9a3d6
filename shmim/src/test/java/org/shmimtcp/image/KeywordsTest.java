package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class KeywordsTest {
    private final Keywords keywords = new Keywords(MemorySegment.ofArray(new long[3 * 16]));

    @Test
    void eachTypeIsReadAsItWasPut() {
        assertThat(keywords.put("L", Long.MIN_VALUE, "a long")).isZero();
        assertThat(keywords.put("D", -0.1, "")).isEqualTo(1);
        assertThat(keywords.put("S", "text", "c")).isEqualTo(2);
        assertThat(keywords.all())
                .containsExactly(
                        new Keyword("L", Long.MIN_VALUE, 1, "a long"),
                        new Keyword("D", -0.1, 1, ""),
                        new Keyword("S", "text", 1, "c"));
        assertThat(keywords.slots()).isEqualTo(3);
    }

    @Test
    void aNameKeepsItsSlotWhateverItsType() {
        int slot = keywords.put("K", 1L, "");
        keywords.put("OTHER", 1L, "");
        assertThat(keywords.put("K", "now a text", "new")).isEqualTo(slot);
        assertThat(keywords.get(slot)).contains(new Keyword("K", "now a text", 2, "new"));
    }

    @Test
    void settersCount() {
        int slot = keywords.put("K", 1L, "");
        keywords.setLong(slot, 5);
        keywords.setLong(slot, 6);
        assertThat(keywords.getLong(slot)).isEqualTo(6);
        assertThat(keywords.get(slot)).contains(new Keyword("K", 6L, 3, ""));
        int gain = keywords.put("G", 0.5, "");
        keywords.setDouble(gain, 0.25);
        assertThat(keywords.get(gain)).contains(new Keyword("G", 0.25, 2, ""));
    }

    @Test
    void sixteenBytesFitAndSeventeenAreRefused() {
        int slot = keywords.put("SIXTEENCHARNAME!", "0123456789abcdef", "c".repeat(81));
        assertThat(keywords.get(slot))
                .contains(new Keyword("SIXTEENCHARNAME!", "0123456789abcdef", 1, "c".repeat(80)));
        assertThat(keywords.put("SIXTEENCHARNAME!", 1L, "")).isEqualTo(slot);
        assertThatThrownBy(() -> keywords.put("SEVENTEENCHARNAME", 1L, ""))
                .isInstanceOf(ImageException.class)
                .hasMessage("keyword name 'SEVENTEENCHARNAME' has 17 bytes: at most 16 fit");
        assertThatThrownBy(() -> keywords.put("K", "é".repeat(9), ""))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("value of keyword K")
                .hasMessageContaining("18 bytes");
        assertThat(keywords.all()).hasSize(1);
    }

    @Test
    void aFullTableSaysSo() {
        for (String name : new String[] {"A", "B", "C"}) {
            keywords.put(name, 1L, "");
        }
        assertThatThrownBy(() -> keywords.put("D", 1L, ""))
                .isInstanceOf(ImageException.class)
                .hasMessage("no free keyword slot for D: all 3 are in use");
    }

    @Test
    void anUnknownTypeIsUnused() {
        MemorySegment table = MemorySegment.ofArray(new long[16]);
        table.fill((byte) 0xff);
        assertThat(new Keywords(table).all()).isEmpty();
    }

    @Test
    void bytesThatAreNoTextDoNotFail() {
        MemorySegment table = MemorySegment.ofArray(new long[16]);
        table.fill((byte) 0xff);
        table.set(java.lang.foreign.ValueLayout.JAVA_BYTE, KeywordLayout.TYPE, (byte) 'S');
        assertThat(new Keywords(table).get(0).orElseThrow().name())
                .isEqualTo(new String(new byte[] {-1}, StandardCharsets.UTF_8).repeat(16));
    }

    @Test
    void onlyValuesOfTheThreeTypesAreTaken() {
        assertThatThrownBy(() -> new Keyword("K", 1, 0, ""))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new Keyword("GAIN", 0.5, 0, "loop"))
                .hasToString("GAIN             = 0.5 / loop");
        assertThat(new Keyword("GAIN", 0.5, 0, "")).hasToString("GAIN             = 0.5");
    }
}
