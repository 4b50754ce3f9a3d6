/** Tables and numbers as people read them in a terminal. */
@NullMarked
package org.shmimtcp.table;

import org.jspecify.annotations.NullMarked;
