package org.shmimtcp.synthetic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;

/**
 * Frames in which every 8-byte word is the frame number, whatever the data type, so that a mixture
 * of two frames is visible. Word 1 is instead the time of writing, CLOCK_MONOTONIC in ns. Bytes
 * after the last whole word are zero.
 */
public final class CounterSource implements FrameSource {
    private static final int TIME_WORD = 1;

    @Override
    public void fill(MemorySegment frame, long n) {
        long words = frame.byteSize() / Long.BYTES;
        for (long word = 0; word < words; word++) {
            frame.setAtIndex(JAVA_LONG, word, n);
        }
        for (long at = words * Long.BYTES; at < frame.byteSize(); at++) {
            frame.set(JAVA_BYTE, at, (byte) 0);
        }
    }

    @Override
    public void stamp(MemorySegment frame, long nowNs) {
        if (frame.byteSize() >= (TIME_WORD + 1) * Long.BYTES) {
            frame.setAtIndex(JAVA_LONG, TIME_WORD, nowNs);
        }
    }
}
