package org.shmimtcp.subscribe;

import zmq.Msg;
import zmq.msg.MsgAllocator;

/**
 * A message as it comes from the network. JeroMQ's CLIENT socket loops for ever on one of several
 * parts; so each part is a message to it, and here it is known what it was.
 */
final class GuardedMessage extends Msg {
    private boolean part;

    GuardedMessage(int bytes) {
        super(bytes);
    }

    /** Makes them. */
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

    /** True if another part was to follow. */
    boolean isPart() {
        return part;
    }
}
