@NullMarked
package org.shmimtcp.procinfo;

import org.jspecify.annotations.NullMarked;
