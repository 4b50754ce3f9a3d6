/**
 * Streams to FITS files and back: single frames, or every frame of a night, in constant memory.
 *
 * <p>{@link org.shmimtcp.record.Recorder} follows a stream on one thread and writes on another.
 * {@link org.shmimtcp.record.Player} reads ahead on one thread and publishes on another. A {@link
 * org.shmimtcp.record.FrameRing} connects the two threads. {@link org.shmimtcp.record.CubeFile} is
 * the growing file.
 */
@NullMarked
package org.shmimtcp.record;

import org.jspecify.annotations.NullMarked;
