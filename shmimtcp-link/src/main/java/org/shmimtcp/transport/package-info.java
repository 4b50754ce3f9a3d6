/** Connections: transport of bytes, independent of their meaning. */
@NullMarked
package org.shmimtcp.transport;

import org.jspecify.annotations.NullMarked;
