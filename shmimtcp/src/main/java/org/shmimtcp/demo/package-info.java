/** The whole chain on one machine, from a source to the copy, checked frame by frame. */
@NullMarked
package org.shmimtcp.demo;

import org.jspecify.annotations.NullMarked;
