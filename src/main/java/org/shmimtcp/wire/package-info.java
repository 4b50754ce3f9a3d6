/**
 * The bytes on the network, no sockets: one codec for each protocol, each refusing what is
 * malformed.
 *
 * <p>The byte stream of the C programs: a head of 384 bytes (the metadata of the transmitter's
 * image as they stand in its memory), then one record for each frame, back to back.
 */
@NullMarked
package org.shmimtcp.wire;

import org.jspecify.annotations.NullMarked;
