@NullMarked
package org.shmimtcp.tmux;

import org.jspecify.annotations.NullMarked;
