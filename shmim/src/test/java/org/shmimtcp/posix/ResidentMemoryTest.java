package org.shmimtcp.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.shmimtcp.testing.ProcField;

class ResidentMemoryTest {
    private static long residentFilesKb() throws IOException {
        return ProcField.ofStatus(Processes.ownPid(), "RssFile:");
    }

    @Test
    void pagesOfProgramFilesThatAStartNeededGo() throws IOException {
        long before = residentFilesKb();

        ResidentMemory.giveBack();

        assertThat(residentFilesKb()).isLessThan(before);
    }
}
