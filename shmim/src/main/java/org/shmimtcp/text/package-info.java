/** Text of foreign origin, cleaned before it is shown. */
@NullMarked
package org.shmimtcp.text;

import org.jspecify.annotations.NullMarked;
