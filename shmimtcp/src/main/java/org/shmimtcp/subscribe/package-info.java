/**
 * Copies streams from a milkzmq server or {@code shmim publish}, requesting each frame. {@link
 * Subscription} copies one stream; only {@code SourceSocket} uses ZeroMQ.
 */
@NullMarked
package org.shmimtcp.subscribe;

import org.jspecify.annotations.NullMarked;
