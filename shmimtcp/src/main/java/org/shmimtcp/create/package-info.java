/** Streams made on request: from options, from milk's image names, for the file that is played. */
@NullMarked
package org.shmimtcp.create;

import org.jspecify.annotations.NullMarked;
