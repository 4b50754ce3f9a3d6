/**
 * Compression of 16-bit images in milkzmq's format: differences between neighbouring pixels, sorted
 * by the significance of their bytes and nibbles, then LZ4.
 */
@NullMarked
package org.shmimtcp.xrif;

import org.jspecify.annotations.NullMarked;
