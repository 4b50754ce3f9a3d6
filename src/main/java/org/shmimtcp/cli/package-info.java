/**
 * The commands: thin classes over the other packages. {@link org.shmimtcp.cli.Main} lists them, and
 * is the one place where an exception becomes a message and an exit code.
 */
@NullMarked
package org.shmimtcp.cli;

import org.jspecify.annotations.NullMarked;
