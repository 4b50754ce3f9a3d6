/**
 * The operating system: the only package that links to native code.
 *
 * <p>What is called here is glibc on 64-bit Linux. Everything above sees Java methods with units in
 * their names and {@link org.shmimtcp.posix.Errno} numbers for what went wrong.
 */
@NullMarked
package org.shmimtcp.posix;

import org.jspecify.annotations.NullMarked;
