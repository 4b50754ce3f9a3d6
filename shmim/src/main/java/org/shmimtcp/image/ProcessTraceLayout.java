package org.shmimtcp.image;

/**
 * One process trace: which process wrote a frame, and which stream triggered it.
 *
 * <pre>
 *    0  triggermode      4   0: at once
 *    4  writer PID       4
 *    8  trigger inode    8   of the stream that triggered
 *   16  process start   16   struct timespec
 *   32  stream update   16
 *   48  semaphore        4   the trigger's; -1 none
 *   52  status           4
 *   56  cnt0             8   the trigger's
 * </pre>
 */
final class ProcessTraceLayout {
    static final int BYTES = 64;
    static final int MODE = 0;
    static final int PID = MODE + 4;
    static final int INODE = PID + 4;
    static final int START = INODE + 8;
    static final int UPDATE = START + 16;
    static final int SEMAPHORE = UPDATE + 16;
    static final int STATUS = SEMAPHORE + 4;
    static final int CNT0 = STATUS + 4;

    private ProcessTraceLayout() {}
}
