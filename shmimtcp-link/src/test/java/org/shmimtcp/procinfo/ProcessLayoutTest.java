package org.shmimtcp.procinfo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessLayoutTest {
    /** The offsets from offsetof for three versions of milk's header. */
    @ParameterizedTest
    @CsvSource({
        "PLAIN, 4624, 840, 856, 1000, 1012, 1144, 1148, 1152, 1160, 2760, 4360, 4368, 4424",
        "WITH_POINTER, 4640, 840, 856, 1000, 1024, 1160, 1164, 1168, 1176, 2776, 4376, 4384, 4440",
        "WITH_LOG_FILE, 4880, 1096, 1112, 1256, 1268, 1400, 1404, 1408, 1416, 3016, 4616, 4624,"
                + " 4680",
    })
    void fieldsAreWhereMilkHasThem(
            ProcessLayout layout,
            int bytes,
            int streamId,
            int streamName,
            int missed,
            int priority,
            int measure,
            int index,
            int count,
            int start,
            int end,
            int iteration,
            int exec,
            int description) {
        assertThat(layout.bytes).isEqualTo(bytes);
        assertThat(
                        new int[] {
                            layout.triggerStreamId,
                            layout.triggerStreamName,
                            layout.missedFrames,
                            layout.rtPriority,
                            layout.measureTiming,
                            layout.timerIndex,
                            layout.timingBufferCount,
                            layout.execStart,
                            layout.execEnd,
                            layout.medianIterationNs,
                            layout.medianExecNs,
                            layout.description
                        })
                .containsExactly(
                        streamId,
                        streamName,
                        missed,
                        priority,
                        measure,
                        index,
                        count,
                        start,
                        end,
                        iteration,
                        exec,
                        description);
        assertThat(ProcessLayout.ofBytes(bytes)).contains(layout);
    }

    @Test
    void whatControlNeedsIsWhereAllVersionsHaveIt() {
        assertThat(ProcessLayout.SOURCE_FUNCTION).isEqualTo(80);
        assertThat(ProcessLayout.SOURCE_FILE).isEqualTo(280);
        assertThat(ProcessLayout.SOURCE_LINE).isEqualTo(480);
        assertThat(ProcessLayout.PID).isEqualTo(484);
        assertThat(ProcessLayout.CREATETIME).isEqualTo(488);
        assertThat(ProcessLayout.LOOPCNT).isEqualTo(504);
        assertThat(ProcessLayout.LOOPCNT_MAX).isEqualTo(512);
        assertThat(ProcessLayout.CTRLVAL).isEqualTo(520);
        assertThat(ProcessLayout.TMUXNAME).isEqualTo(524);
        assertThat(ProcessLayout.LOOPSTAT).isEqualTo(624);
        assertThat(ProcessLayout.STATUSMSG).isEqualTo(628);
        assertThat(ProcessLayout.STATUSCODE).isEqualTo(828);
    }

    @Test
    void otherLengthsAreNone() {
        assertThat(ProcessLayout.ofBytes(4632)).isEmpty();
    }
}
