@NullMarked
package org.shmimtcp.log;

import org.jspecify.annotations.NullMarked;
