/**
 * Sources of frames where no camera and no mirror is at hand: test pattern, counter pattern,
 * turbulence; and the loop that writes them at a steady rate.
 *
 * <p>A {@link org.shmimtcp.synthetic.FrameSource} is a pure function of the frame number, so that
 * whoever sees the copy of a frame can compute what it must be. {@link
 * org.shmimtcp.synthetic.FrameStamp} puts number, intended time and checksum into keywords, so that
 * a copy can be checked without knowing the source.
 */
@NullMarked
package org.shmimtcp.synthetic;

import org.jspecify.annotations.NullMarked;
