package org.shmimtcp.transmit;

import org.shmimtcp.loop.RealTimeSettings;

/**
 * The permission to share a stream's reader with other connections of this process.
 *
 * @param distributors the readers of this process
 * @param realTime scheduling of the reader's thread
 */
public record SharedReader(Distributors distributors, RealTimeSettings realTime) {}
