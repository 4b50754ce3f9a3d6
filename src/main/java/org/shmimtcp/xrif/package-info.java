/**
 * Compression of 16-bit images as milkzmq has it: differences between neighbouring pixels, their
 * bytes and nibbles sorted by significance, LZ4. A leaf: bytes in, bytes out.
 */
@NullMarked
package org.shmimtcp.xrif;

import org.jspecify.annotations.NullMarked;
