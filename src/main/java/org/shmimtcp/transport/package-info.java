/** Connections: how bytes come and go, no word of what they mean. */
@NullMarked
package org.shmimtcp.transport;

import org.jspecify.annotations.NullMarked;
