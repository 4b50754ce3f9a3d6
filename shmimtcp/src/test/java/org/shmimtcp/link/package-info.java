/**
 * Our own protocol from end to end: between two of ours, and against an implementation of the page.
 */
@NullMarked
package org.shmimtcp.link;

import org.jspecify.annotations.NullMarked;
