package org.shmimtcp.manual;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class HelpTextsTest {
    @Test
    void eachCommandHasOneWithAndOneWithoutColours() {
        Map<String, String> texts = HelpTexts.all();
        assertThat(texts).containsKeys("shmim.txt", "ls.txt", "shmimTCPtransmit.txt", "serve.ansi");
        assertThat(texts.get("shmim.txt")).startsWith("Usage: shmim ").contains("shmim ls");
        texts.forEach((file, text) -> {
            assertThat(text).as(file).contains("Usage: ");
            String plain = text.replaceAll("\u001b\\[[0-9;]*m", "");
            assertThat(plain).as(file).isEqualTo(texts.get(file.replace(".ansi", ".txt")));
            assertThat(text.equals(plain)).as(file).isEqualTo(file.endsWith(".txt"));
        });
    }
}
