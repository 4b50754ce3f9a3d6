/** Whatever a decoder is given, it reads it or refuses it in its own words. */
@NullMarked
package org.shmimtcp.fuzz;

import org.jspecify.annotations.NullMarked;
