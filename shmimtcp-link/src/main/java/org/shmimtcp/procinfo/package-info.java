/**
 * milk's processinfo files: they let {@code milk-procCTRL} show this program's link ends, and
 * pause, step and end them.
 */
@NullMarked
package org.shmimtcp.procinfo;

import org.jspecify.annotations.NullMarked;
