/** The programs as whole processes: with C at the other end, killed, misused, in tmux. */
@NullMarked
package org.shmimtcp.system;

import org.jspecify.annotations.NullMarked;
