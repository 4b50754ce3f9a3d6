@NullMarked
package org.shmimtcp.synthetic;

import org.jspecify.annotations.NullMarked;
