/**
 * Streams as FITS files, by the FITS standard 4.0. nom-tam-fits handles the headers; this package
 * converts the pixels itself, in place and in constant memory.
 *
 * <p>{@link org.shmimtcp.fits.PixelCodec} defines how a pixel type is stored. {@link
 * org.shmimtcp.fits.ImageHeader} writes headers. {@link org.shmimtcp.fits.ImageHdu} finds the image
 * in a file. {@link org.shmimtcp.fits.KeywordCards} converts keywords. {@link
 * org.shmimtcp.fits.FrameTable} is the table of counters and times that follows a cube of frames.
 */
@NullMarked
package org.shmimtcp.fits;

import org.jspecify.annotations.NullMarked;
