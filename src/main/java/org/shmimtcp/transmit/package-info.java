/** The sending end: follows a stream and puts each new frame on the wire. */
@NullMarked
package org.shmimtcp.transmit;

import org.jspecify.annotations.NullMarked;
