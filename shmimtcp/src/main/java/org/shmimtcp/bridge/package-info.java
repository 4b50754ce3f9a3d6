/** Sets up, checks and takes down links on several machines, in tmux sessions or in one process. */
@NullMarked
package org.shmimtcp.bridge;

import org.jspecify.annotations.NullMarked;
