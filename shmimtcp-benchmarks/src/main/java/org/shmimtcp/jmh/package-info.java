/**
 * What single steps of a frame's way cost, measured with JMH: {@code ./build -Pjmh
 * process-test-classes}. No test; compiled with the tests, so that they stay true.
 */
@NullMarked
package org.shmimtcp.jmh;

import org.jspecify.annotations.NullMarked;
