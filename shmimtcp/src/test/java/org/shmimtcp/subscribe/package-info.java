@NullMarked
package org.shmimtcp.subscribe;

import org.jspecify.annotations.NullMarked;
