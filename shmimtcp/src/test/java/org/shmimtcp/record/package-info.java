@NullMarked
package org.shmimtcp.record;

import org.jspecify.annotations.NullMarked;
