@NullMarked
package org.shmimtcp.xrif;

import org.jspecify.annotations.NullMarked;
