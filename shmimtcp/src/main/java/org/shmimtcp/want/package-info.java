/** Streams of other machines that this one wants: what is requested, and from which machine. */
@NullMarked
package org.shmimtcp.want;

import org.jspecify.annotations.NullMarked;
