/** What runs where: sessions of tmux in which transmitters and receivers live. */
@NullMarked
package org.shmimtcp.bridge;

import org.jspecify.annotations.NullMarked;
