/**
 * The state of every running link end, published on the same machine in small JSON files beside the
 * streams; and the state of the streams themselves.
 */
@NullMarked
package org.shmimtcp.status;

import org.jspecify.annotations.NullMarked;
