/**
 * The bytes on the network, without sockets: one codec for each protocol. Each codec refuses
 * malformed input.
 *
 * <p>The byte stream of the C programs: a head of 384 bytes (the metadata of the transmitter's
 * image, as in its memory), then one record for each frame, back to back.
 */
@NullMarked
package org.shmimtcp.wire;

import org.jspecify.annotations.NullMarked;
