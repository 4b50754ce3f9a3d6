/** What the loops of transmitter and receiver share: thread, counters, the rates line. */
@NullMarked
package org.shmimtcp.loop;

import org.jspecify.annotations.NullMarked;
