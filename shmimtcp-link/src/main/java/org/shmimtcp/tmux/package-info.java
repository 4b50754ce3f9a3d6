/** Programs that keep running in tmux sessions, on this machine and in scripts for others. */
@NullMarked
package org.shmimtcp.tmux;

import org.jspecify.annotations.NullMarked;
