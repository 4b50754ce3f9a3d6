/**
 * What a machine offers to others on one port: the catalogue of its streams, and the client that
 * asks for it. docs/protocol.md describes the exchange.
 */
@NullMarked
package org.shmimtcp.offer;

import org.jspecify.annotations.NullMarked;
