@NullMarked
package org.shmimtcp.demo;

import org.jspecify.annotations.NullMarked;
