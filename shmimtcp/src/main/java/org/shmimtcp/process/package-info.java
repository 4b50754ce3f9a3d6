/** A process that runs a loop: signals, the rates line, an orderly end. */
@NullMarked
package org.shmimtcp.process;

import org.jspecify.annotations.NullMarked;
