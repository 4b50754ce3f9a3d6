/**
 * What the transmitter's and the receiver's loop share: their thread, counters and line of rates.
 */
@NullMarked
package org.shmimtcp.loop;

import org.jspecify.annotations.NullMarked;
