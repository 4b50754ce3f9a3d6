/** The sending end: follows a stream and sends each new frame. */
@NullMarked
package org.shmimtcp.transmit;

import org.jspecify.annotations.NullMarked;
