package org.shmimtcp.subscribe;

import org.jspecify.annotations.Nullable;
import zmq.Msg;

/**
 * A received message. JeroMQ's CLIENT socket loops forever on a message of several parts, and its
 * thread ends if a length looks negative or there is no memory for a message. Therefore each part
 * looks like a whole message to it, as does what could not be allocated, and this class records the
 * fault.
 */
final class GuardedMessage extends Msg {
    private @Nullable String fault;

    private GuardedMessage(int bytes, @Nullable String fault) {
        super(bytes);
        this.fault = fault;
    }

    /**
     * Allocates a message, empty if that is impossible.
     *
     * @param bytes its length on the wire; negative for 2^63 bytes and more
     */
    static GuardedMessage ofLength(int bytes) {
        if (bytes < 0) {
            return new GuardedMessage(0, "a message of 2^63 bytes or more");
        }
        try {
            return new GuardedMessage(bytes, null);
        } catch (OutOfMemoryError e) {
            return new GuardedMessage(0, "no memory for a message of " + bytes + " bytes");
        }
    }

    @Override
    public void setFlags(int flags) {
        if ((flags & MORE) != 0) {
            fault = "a message of several parts";
        }
        super.setFlags(flags & ~MORE);
    }

    /** Returns why the connection cannot be used any more; null if this is a whole message. */
    @Nullable String fault() {
        return fault;
    }
}
