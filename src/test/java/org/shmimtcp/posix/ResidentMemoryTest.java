package org.shmimtcp.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ResidentMemoryTest {
    private static long residentFilesKb() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssFile:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .sum();
    }

    @Test
    void pagesOfProgramFilesThatAStartNeededGo() throws IOException {
        long before = residentFilesKb();

        ResidentMemory.giveBack();

        assertThat(residentFilesKb()).isLessThan(before);
    }
}
