/** Tests of the product as a whole. */
@NullMarked
package org.shmimtcp;

import org.jspecify.annotations.NullMarked;
