@NullMarked
package org.shmimtcp.publish;

import org.jspecify.annotations.NullMarked;
