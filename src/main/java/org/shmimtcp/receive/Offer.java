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
 */
record Offer(Connection connection, ImageSpec source, Identity identity) {

    /** Tells this very image from any other of the same name. */
    record Identity(long inode, Instant created) {
        static Identity of(MemorySegment head) {
            return new Identity(MetadataLayout.inode(head), MetadataLayout.created(head));
        }
    }
}
