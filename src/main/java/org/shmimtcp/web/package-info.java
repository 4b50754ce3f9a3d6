/**
 * The streams and links of a machine for a browser, and for Prometheus. It reads what others
 * publish, at its own pace, and writes into no stream.
 */
@NullMarked
package org.shmimtcp.web;

import org.jspecify.annotations.NullMarked;
