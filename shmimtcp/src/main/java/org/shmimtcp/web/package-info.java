/**
 * The streams and links of a machine for browsers and for Prometheus. This package polls what other
 * packages publish and writes to no stream.
 */
@NullMarked
package org.shmimtcp.web;

import org.jspecify.annotations.NullMarked;
