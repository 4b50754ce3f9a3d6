package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.wire.Limits;
import org.shmimtcp.wire.Milk3Prefix;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/**
 * A transmitter whose head was read and believed.
 *
 * @param source what it says its stream is
 * @param cnt0 the stream's counter when the head was sent
 * @param version of our own protocol that it is to speak; 0 for the C programs' byte stream
 * @param instance tells the transmitting process from others where it is one of ours
 * @param prefix of the milk3 frame that has begun; null if it speaks something else
 */
record Offer(
        Connection connection,
        ImageSpec source,
        long cnt0,
        Identity identity,
        int version,
        int instance,
        @Nullable MemorySegment prefix) {

    /** The kernel takes in more than that of a connection that nobody reads. */
    private static final long MOST_UNREAD_BYTES = 32 << 10;

    /** Tells this very image from any other of the same name. */
    record Identity(long inode, Instant created) {
        static Identity of(MemorySegment head) {
            return new Identity(MetadataLayout.inode(head), MetadataLayout.created(head));
        }
    }

    /**
     * A transmitter of milk3, which has no head.
     *
     * @param prefix of the first frame; copied
     * @throws WireException if its metadata is no head, or asks for too much
     */
    static Offer milk3(Connection connection, MemorySegment prefix, Limits limits) {
        MemorySegment kept = Arena.ofAuto().allocate(Milk3Prefix.BYTES, 8);
        MemorySegment.copy(prefix, 0, kept, 0, Milk3Prefix.BYTES);
        MemorySegment head = kept.asSlice(Milk3Prefix.METADATA, MetadataLayout.BYTES);
        ImageSpec source = MilkHead.parse(head, limits);
        MilkRecord frame = MilkRecord.milk3(source, kept);
        frame.check(kept);
        // The frame that has begun is still to come.
        long cnt0 = Math.max(0, frame.cnt0(kept) - 1);
        return new Offer(connection, source, cnt0, Identity.of(head), 0, 0, kept);
    }

    /** The stream that begins on the same connection, with that prefix of a milk3 frame. */
    Offer followedBy(MemorySegment nextPrefix, Limits limits) {
        return milk3(connection, nextPrefix, limits);
    }

    /** What is spoken, for people. */
    String protocol() {
        return isNative() ? "native" : isMilk3() ? MilkVariant.MILK3.optionName() : "milk";
    }

    boolean isMilk3() {
        return prefix != null;
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
        long record =
                prefix != null
                        ? MilkRecord.milk3(source, prefix).bytes() - Milk3Prefix.BYTES
                        : MilkRecord.of(MilkVariant.MILK0, source).bytes();
        return connection.unreadBytes() >= Math.min(record, MOST_UNREAD_BYTES);
    }

    /** Who sends what, for others to read. */
    String describe() {
        return connection.peer() + " with stream '" + source.name() + "'";
    }
}
