/**
 * Frames as pictures in a terminal, and a terminal that shows them live.
 *
 * <p>{@link org.shmimtcp.picture.Picture} draws a frame as text and does not use a terminal. {@link
 * org.shmimtcp.picture.LiveScreen} is the terminal, the only class that uses JLine. {@link
 * org.shmimtcp.picture.Watch} follows a stream and shows it.
 */
@NullMarked
package org.shmimtcp.picture;

import org.jspecify.annotations.NullMarked;
