/**
 * The processinfo memory of milk: what its {@code milk-procCTRL} shows of our link ends, and how it
 * pauses, steps and ends them.
 */
@NullMarked
package org.shmimtcp.procinfo;

import org.jspecify.annotations.NullMarked;
