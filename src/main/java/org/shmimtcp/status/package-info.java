/**
 * What every running end of a link is doing, for who asks on the same machine: small JSON files
 * beside the streams. And how the streams themselves are doing.
 */
@NullMarked
package org.shmimtcp.status;

import org.jspecify.annotations.NullMarked;
