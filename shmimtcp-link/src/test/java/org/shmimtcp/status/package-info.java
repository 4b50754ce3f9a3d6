@NullMarked
package org.shmimtcp.status;

import org.jspecify.annotations.NullMarked;
