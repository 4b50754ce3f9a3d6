/**
 * Streams as FITS files, by the FITS standard 4.0: headers by nom-tam-fits, pixels by us, in place
 * and in constant memory.
 *
 * <p>{@link org.shmimtcp.fits.PixelCodec} is how a pixel type is stored, {@link
 * org.shmimtcp.fits.ImageHeader} writes headers, {@link org.shmimtcp.fits.ImageHdu} finds the image
 * in a file, {@link org.shmimtcp.fits.KeywordCards} brings keywords from one to the other, and
 * {@link org.shmimtcp.fits.FrameTable} is the table of counters and times beside a cube of frames.
 */
@NullMarked
package org.shmimtcp.fits;

import org.jspecify.annotations.NullMarked;
