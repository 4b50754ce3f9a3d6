/** The benchmark {@code ./bench}: a pair of ours beside the C pair, on this machine. */
@NullMarked
package org.shmimtcp.bench;

import org.jspecify.annotations.NullMarked;
