@NullMarked
package org.shmimtcp.picture;

import org.jspecify.annotations.NullMarked;
