/**
 * What tests with real processes share: the C peer, child processes whose output is kept, temporary
 * stream directories, and waiting for a condition.
 */
@NullMarked
package org.shmimtcp.testing;

import org.jspecify.annotations.NullMarked;
