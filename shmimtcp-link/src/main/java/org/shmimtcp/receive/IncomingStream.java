package org.shmimtcp.receive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.link.Protocol;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.transport.Connection;
import org.shmimtcp.wire.HeadMarker;
import org.shmimtcp.wire.Limits;
import org.shmimtcp.wire.Milk3Prefix;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/**
 * A stream from a transmitter whose head was read and accepted.
 *
 * @param source the source stream
 * @param cnt0 the stream's counter when the head was sent
 * @param version version of the native protocol to speak; 0 for the C programs' byte stream
 * @param instance identifies the transmitting process in the native protocol
 * @param capabilities of the transmitter in the native protocol: {@link HeadMarker#LZ4}, or 0
 * @param prefix prefix of the milk3 frame that has begun; null for other protocols
 */
record IncomingStream(
        Connection connection,
        ImageSpec source,
        long cnt0,
        Identity identity,
        int version,
        int instance,
        int capabilities,
        @Nullable MemorySegment prefix) {

    /** The kernel buffers more than this on a connection that is not read. */
    private static final long MOST_UNREAD_BYTES = 32 << 10;

    /** Distinguishes an image from others of the same name. */
    record Identity(long inode, Instant created) {
        static Identity of(MemorySegment head) {
            return new Identity(MetadataLayout.inode(head), MetadataLayout.created(head));
        }
    }

    /**
     * Returns the offer of a milk3 transmitter, which sends no head.
     *
     * @param prefix prefix of the first frame; copied
     * @throws WireException if its metadata are invalid, or exceed a limit
     */
    static IncomingStream milk3(Connection connection, MemorySegment prefix, Limits limits) {
        MemorySegment kept = Arena.ofAuto().allocate(Milk3Prefix.BYTES, 8);
        NativeMemory.copy(prefix, 0, kept, 0, Milk3Prefix.BYTES);
        MemorySegment head = kept.asSlice(Milk3Prefix.METADATA, MetadataLayout.BYTES);
        ImageSpec source = MilkHead.parse(head, limits);
        MilkRecord frame = MilkRecord.milk3(source, kept);
        frame.check(kept, frame.cnt0(kept));
        // The frame that has begun is not received yet.
        long cnt0 = Math.max(0, frame.cnt0(kept) - 1);
        return new IncomingStream(connection, source, cnt0, Identity.of(head), 0, 0, 0, kept);
    }

    /** Returns the offer of the stream that begins on the same connection with a milk3 prefix. */
    IncomingStream followedBy(MemorySegment nextPrefix, Limits limits) {
        return milk3(connection, nextPrefix, limits);
    }

    /** Returns the protocol. */
    Protocol protocol() {
        return isNative() ? Protocol.NATIVE : isMilk3() ? Protocol.MILK3 : Protocol.MILK;
    }

    boolean isMilk3() {
        return prefix != null;
    }

    boolean isNative() {
        return version > 0;
    }

    /** True if the transmitter would pack frames. */
    boolean mayBePacked() {
        return isNative() && (capabilities & HeadMarker.LZ4) != 0;
    }

    /** True if the same process makes the other offer, so it has given up its older connection. */
    boolean isOfSameProcess(IncomingStream other) {
        return isNative() && other.isNative() && instance == other.instance;
    }

    /**
     * True if there is more than a head: the transmitter speaks the native protocol, or its first
     * record has arrived, or as much of it as the kernel buffers.
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

    /** Describes the transmitter and its stream, for messages. */
    String describe() {
        return connection.peer() + " with stream '" + source.name() + "'";
    }
}
