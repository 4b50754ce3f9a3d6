/**
 * The commands: thin classes over the other packages. {@code Commands} lists them, and {@code
 * Failures} turns exceptions into messages and exit codes.
 */
@NullMarked
package org.shmimtcp.cli;

import org.jspecify.annotations.NullMarked;
