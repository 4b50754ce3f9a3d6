package org.shmimtcp.publish;

import java.util.concurrent.atomic.LongAdder;

/** What the feeds of a publisher count. Any thread counts and reads. */
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

    /** Frames read from streams, each for all who wanted it. */
    long framesRead() {
        return read.sum();
    }

    /** Frames sent to clients. */
    long framesSent() {
        return sent.sum();
    }

    long bytesSent() {
        return bytes.sum();
    }
}
