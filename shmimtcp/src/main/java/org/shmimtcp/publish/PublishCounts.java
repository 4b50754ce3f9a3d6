package org.shmimtcp.publish;

import java.util.concurrent.atomic.LongAdder;

/** Counters of a publisher's feeds. Thread-safe. */
final class PublishCounts {
    private final LongAdder read = new LongAdder();
    private final LongAdder sent = new LongAdder();
    private final LongAdder bytes = new LongAdder();

    void read() {
        read.increment();
    }

    void sent(int messageBytes) {
        sent.increment();
        bytes.add(messageBytes);
    }

    /** Returns the number of frames read from streams; one frame may go to several clients. */
    long framesRead() {
        return read.sum();
    }

    /** Returns the number of frames sent to clients. */
    long framesSent() {
        return sent.sum();
    }

    long bytesSent() {
        return bytes.sum();
    }
}
