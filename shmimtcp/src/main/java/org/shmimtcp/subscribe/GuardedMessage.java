package org.shmimtcp.subscribe;

import zmq.Msg;
import zmq.msg.MsgAllocator;

/**
 * A received message. JeroMQ's CLIENT socket loops forever on a message of several parts. Therefore
 * each part looks like a whole message to it, and this class records that it was a part.
 */
final class GuardedMessage extends Msg {
    private boolean part;

    GuardedMessage(int bytes) {
        super(bytes);
    }

    /** Allocates guarded messages. */
    static final class Allocator implements MsgAllocator {
        @Override
        public Msg allocate(int size) {
            return new GuardedMessage(size);
        }
    }

    @Override
    public void setFlags(int flags) {
        part |= (flags & MORE) != 0;
        super.setFlags(flags & ~MORE);
    }

    /** True if another part of the message follows. */
    boolean isPart() {
        return part;
    }
}
