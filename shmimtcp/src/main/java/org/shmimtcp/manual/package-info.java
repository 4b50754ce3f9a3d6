/** The man pages, generated from the commands when the packages are built. */
@NullMarked
package org.shmimtcp.manual;

import org.jspecify.annotations.NullMarked;
