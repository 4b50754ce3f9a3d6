/**
 * Streams into FITS files and back: one frame, or every one of a night, in constant memory.
 *
 * <p>{@link org.shmimtcp.record.Recorder} follows a stream on one thread and writes on another;
 * {@link org.shmimtcp.record.Player} reads ahead on one and publishes on another. Between the two
 * is a {@link org.shmimtcp.record.FrameRing}. {@link org.shmimtcp.record.CubeFile} is the file that
 * grows.
 */
@NullMarked
package org.shmimtcp.record;

import org.jspecify.annotations.NullMarked;
