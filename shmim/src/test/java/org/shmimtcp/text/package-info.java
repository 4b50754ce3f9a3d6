@NullMarked
package org.shmimtcp.text;

import org.jspecify.annotations.NullMarked;
