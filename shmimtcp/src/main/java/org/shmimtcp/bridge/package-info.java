/** Sets up, checks and takes down links on several machines, in tmux sessions. */
@NullMarked
package org.shmimtcp.bridge;

import org.jspecify.annotations.NullMarked;
