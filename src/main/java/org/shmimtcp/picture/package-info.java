/**
 * Frames as pictures in a terminal, and a terminal that shows them live.
 *
 * <p>{@link org.shmimtcp.picture.Picture} makes text of a frame and knows no terminal; {@link
 * org.shmimtcp.picture.LiveScreen} is the terminal, the only class that knows JLine; {@link
 * org.shmimtcp.picture.Watch} follows a stream and shows it there.
 */
@NullMarked
package org.shmimtcp.picture;

import org.jspecify.annotations.NullMarked;
