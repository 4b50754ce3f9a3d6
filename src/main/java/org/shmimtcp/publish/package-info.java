/**
 * Streams for viewers elsewhere, as milkzmq's clients ask for them: each request is answered by one
 * frame, the newest. {@link Publisher} hears the requests; {@code StreamFeed} reads one stream for
 * all of its clients; {@code ViewerSocket} is the only one that knows ZeroMQ.
 */
@NullMarked
package org.shmimtcp.publish;

import org.jspecify.annotations.NullMarked;
