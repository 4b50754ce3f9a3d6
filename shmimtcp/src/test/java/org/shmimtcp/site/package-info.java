@NullMarked
package org.shmimtcp.site;

import org.jspecify.annotations.NullMarked;
