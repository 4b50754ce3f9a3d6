/** What long-running loops share: thread, priority, waiting, counters, the rates line. */
@NullMarked
package org.shmimtcp.loop;

import org.jspecify.annotations.NullMarked;
