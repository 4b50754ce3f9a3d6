package org.shmimtcp.receive;

import java.lang.foreign.MemorySegment;
import java.time.Instant;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.MetadataLayout;
import org.shmimtcp.transport.Connection;

/**
 * A transmitter whose head was read and believed.
 *
 * @param source what it says its stream is
 * @param cnt0 the stream's counter when the head was sent
 */
record Offer(Connection connection, ImageSpec source, long cnt0, Identity identity) {

    /** Tells this very image from any other of the same name. */
    record Identity(long inode, Instant created) {
        static Identity of(MemorySegment head) {
            return new Identity(MetadataLayout.inode(head), MetadataLayout.created(head));
        }
    }
}
