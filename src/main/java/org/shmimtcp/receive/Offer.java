package org.shmimtcp.receive;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/**
 * A transmitter whose head was read and believed.
 *
 * @param source what it says its stream is
 * @param cnt0 the stream's counter when the head was sent
 * @param version of our own protocol that it is to speak; 0 for the C programs' byte stream
 * @param instance tells the transmitting process from others where it is one of ours
 */
record Offer(
        Connection connection,
        ImageSpec source,
        long cnt0,
        Identity identity,
        int version,
        int instance) {

    /** The kernel takes in more than that of a connection that nobody reads. */
    private static final long MOST_UNREAD_BYTES = 32 << 10;

    /** Tells this very image from any other of the same name. */
    record Identity(long inode, Instant created) {
        static Identity of(MemorySegment head) {
            return new Identity(MetadataLayout.inode(head), MetadataLayout.created(head));
        }
    }

    boolean isNative() {
        return version > 0;
    }

    /** True if the same process makes the other offer: it has given up the older connection. */
    boolean isOfSameProcess(Offer other) {
        return isNative() && other.isNative() && instance == other.instance;
    }

    /**
     * True if there is more to it than a head: it speaks our own protocol, or its first record is
     * there, or as much of it as the kernel takes in.
     */
    boolean isBacked() {
        if (isNative()) {
            return true;
        }
        long record = MilkRecord.of(MilkVariant.MILK0, source).bytes();
        return connection.unreadBytes() >= Math.min(record, MOST_UNREAD_BYTES);
    }

    /** Who sends what, for others to read. */
    String describe() {
        return connection.peer() + " with stream '" + source.name() + "'";
    }
}
