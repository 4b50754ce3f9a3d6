/**
 * Compression of pixels without loss: an arrangement in which equal bytes come together, then LZ4.
 * It depends on no other package.
 */
@NullMarked
package org.shmimtcp.compress;

import org.jspecify.annotations.NullMarked;
