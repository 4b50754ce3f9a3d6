/** Runs all link ends of a machine in one process, with helper processes beside them. */
@NullMarked
package org.shmimtcp.serve;

import org.jspecify.annotations.NullMarked;
