/** The receiving end: listens on a port and publishes received frames into a local stream. */
@NullMarked
package org.shmimtcp.receive;

import org.jspecify.annotations.NullMarked;
