/** When the next frame of a synthetic or replayed stream is due, and how late it was. */
@NullMarked
package org.shmimtcp.pacing;

import org.jspecify.annotations.NullMarked;
