/** The commands: what the user types, and what they are told. */
@NullMarked
package org.shmimtcp.cli;

import org.jspecify.annotations.NullMarked;
