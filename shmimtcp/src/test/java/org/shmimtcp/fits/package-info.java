@NullMarked
package org.shmimtcp.fits;

import org.jspecify.annotations.NullMarked;
