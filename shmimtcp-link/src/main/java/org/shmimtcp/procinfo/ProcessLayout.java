package org.shmimtcp.procinfo;

import java.util.Arrays;
import java.util.Optional;

/**
 * The file of one process, {@code proc.NAME.PID.shm}: milk's PROCESSINFO for x86-64, little endian.
 * All versions agree on the first 832 bytes, which contain everything needed for control. After
 * these, a log file was added and removed, and a pointer added.
 *
 * <pre>
 *           4624  4640  4880
 * name         0     0     0   80   ends with a zero, like all texts
 * source_FUNCTION     80       200
 * source_FILE        280       200
 * source_LINE        480         4
 * PID                484         4
 * createtime         488        16   struct timespec
 * loopcnt            504         8
 * loopcntMax         512         8   -1: no end
 * CTRLval            520         4   {@link Command}
 * tmuxname           524       100
 * loopstat           624         4   {@link State}
 * statusmsg          628       200
 * statuscode         828         4
 * triggerstreamID              840   840  1096     8   -1: none
 * triggerstreamname            856   856  1112    80
 * triggermissedframe_cumul    1000  1000  1256     8
 * RT_priority                 1012  1024  1268     4   -1: none
 * MeasureTiming               1144  1160  1400     4   1: the following mean something
 * timerindex                  1148  1164  1404     4   newest place of the two rings
 * timingbuffercnt             1152  1168  1408     4   how often they came round
 * texecstart                  1160  1176  1416  1600   100 struct timespec
 * texecend                    2760  2776  3016  1600
 * dtmedian_iter_ns            4360  4376  4616     8
 * dtmedian_exec_ns            4368  4384  4624     8
 * description                 4424  4440  4680   200
 * </pre>
 *
 * The names are milk's.
 */
enum ProcessLayout {
    /** milk since February 2023. */
    PLAIN(840, 1012, 1144),
    /** milk's development version since 2025: one pointer more, after triggerstatus. */
    WITH_POINTER(840, 1024, 1160),
    /** milk until February 2023: a log file after statuscode. */
    WITH_LOG_FILE(1096, 1268, 1400);

    static final int NAME = 0;
    static final int NAME_BYTES = 80;
    static final int SOURCE_FUNCTION = NAME + NAME_BYTES;
    static final int SOURCE_BYTES = 200;
    static final int SOURCE_FILE = SOURCE_FUNCTION + SOURCE_BYTES;
    static final int SOURCE_LINE = SOURCE_FILE + SOURCE_BYTES;
    static final int PID = SOURCE_LINE + 4;
    static final int CREATETIME = PID + 4;
    static final int LOOPCNT = CREATETIME + 16;
    static final int LOOPCNT_MAX = LOOPCNT + 8;
    static final int CTRLVAL = LOOPCNT_MAX + 8;
    static final int TMUXNAME = CTRLVAL + 4;
    static final int TMUXNAME_BYTES = 100;
    static final int LOOPSTAT = TMUXNAME + TMUXNAME_BYTES;
    static final int STATUSMSG = LOOPSTAT + 4;
    static final int STATUSMSG_BYTES = 200;
    static final int STATUSCODE = STATUSMSG + STATUSMSG_BYTES;
    static final int STREAM_NAME_BYTES = 80;
    static final int TIMERS = 100;
    static final int TIMESPEC_BYTES = 16;
    static final int DESCRIPTION_BYTES = 200;

    private static final int TIMES_BYTES = TIMERS * TIMESPEC_BYTES;

    final int bytes;
    final int triggerStreamId;
    final int triggerStreamName;
    final int missedFrames;
    final int rtPriority;
    final int measureTiming;
    final int timerIndex;
    final int timingBufferCount;
    final int execStart;
    final int execEnd;
    final int medianIterationNs;
    final int medianExecNs;
    final int description;

    ProcessLayout(int triggerStreamId, int rtPriority, int measureTiming) {
        this.triggerStreamId = triggerStreamId;
        this.triggerStreamName = triggerStreamId + 16;
        this.missedFrames = triggerStreamName + STREAM_NAME_BYTES + 64;
        this.rtPriority = rtPriority;
        this.measureTiming = measureTiming;
        timerIndex = measureTiming + 4;
        timingBufferCount = timerIndex + 4;
        execStart = timingBufferCount + 8;
        execEnd = execStart + TIMES_BYTES;
        medianIterationNs = execEnd + TIMES_BYTES;
        medianExecNs = medianIterationNs + 8;
        description = medianExecNs + 56;
        bytes = description + DESCRIPTION_BYTES;
    }

    /** Returns the layout of a file of that length; empty if there is none. */
    static Optional<ProcessLayout> ofBytes(long bytes) {
        return Arrays.stream(values()).filter(layout -> layout.bytes == bytes).findFirst();
    }

    /** The values of CTRLval. */
    static final class Command {
        static final int RUN = 0;
        static final int PAUSE = 1;

        /** One iteration of the loop, then {@link #PAUSE}, which the loop itself writes. */
        static final int STEP = 2;

        static final int EXIT = 3;

        /** The loop iterates but does nothing. */
        static final int IDLE = 5;

        private Command() {}
    }

    /** The values of loopstat. */
    static final class State {
        static final int INIT = 0;
        static final int ACTIVE = 1;
        static final int PAUSED = 2;
        static final int STOPPED = 3;
        static final int ERROR = 4;

        private State() {}
    }
}
