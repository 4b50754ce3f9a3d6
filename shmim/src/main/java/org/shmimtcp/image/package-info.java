/**
 * The shared memory image: the file that every milk, cacao and MagAO-X process maps.
 *
 * <p>Usable on its own, without the network part:
 *
 * <pre>{@code
 * try (Image image = Image.open(ImageDirectory.fromEnvironment(), "acc000");
 *         FrameReader reader = image.newReader()) {
 *     MemorySegment frame = reader.newBuffer();
 *     while (reader.awaitNext(2_000_000_000L)) {
 *         if (reader.readNewest(frame)) {
 *             use(frame, reader.cnt0());
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>The {@code *Layout} classes are the file format, nothing else; {@link
 * org.shmimtcp.image.Image} maps a file; {@link org.shmimtcp.image.FrameReader} and {@link
 * org.shmimtcp.image.FrameWriter} are the two sides of a stream.
 */
@NullMarked
package org.shmimtcp.image;

import org.jspecify.annotations.NullMarked;
