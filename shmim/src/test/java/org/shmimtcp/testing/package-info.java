/**
 * Tools shared by tests with real processes: the C peer, child processes whose output is kept,
 * temporary stream directories, and waiting for conditions.
 */
@NullMarked
package org.shmimtcp.testing;

import org.jspecify.annotations.NullMarked;
