/**
 * The operating system: the only package that links to native code.
 *
 * <p>It calls glibc on 64-bit Linux. The packages above see Java methods with units in their names,
 * and {@link org.shmimtcp.posix.Errno} numbers for errors.
 */
@NullMarked
package org.shmimtcp.posix;

import org.jspecify.annotations.NullMarked;
