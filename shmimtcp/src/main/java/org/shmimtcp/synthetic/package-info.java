/**
 * Sources of frames for use without a camera or a mirror: test pattern, counter pattern,
 * turbulence; and the loop that writes them at a steady rate.
 *
 * <p>A {@link org.shmimtcp.synthetic.FrameSource} is a pure function of the frame number, so a
 * reader of the copy can compute what a frame must contain. {@link
 * org.shmimtcp.synthetic.FrameStamp} puts number, intended time and checksum into keywords, so a
 * copy can be checked without knowing the source.
 */
@NullMarked
package org.shmimtcp.synthetic;

import org.jspecify.annotations.NullMarked;
