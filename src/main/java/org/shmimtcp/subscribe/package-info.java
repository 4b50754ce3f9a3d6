/**
 * Streams of another machine, from a server of milkzmq or {@code shmim publish}: each frame is
 * asked for. {@link Subscription} is one stream; {@code SourceSocket} is the only one that knows
 * ZeroMQ.
 */
@NullMarked
package org.shmimtcp.subscribe;

import org.jspecify.annotations.NullMarked;
