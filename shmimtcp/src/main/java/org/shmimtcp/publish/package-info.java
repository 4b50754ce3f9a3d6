/**
 * Publishes streams to remote viewers in milkzmq's protocol, which answers each request with the
 * newest frame. {@link Publisher} takes the requests, {@code StreamFeed} reads one stream for all
 * of its clients, and only {@code ViewerSocket} uses ZeroMQ.
 */
@NullMarked
package org.shmimtcp.publish;

import org.jspecify.annotations.NullMarked;
