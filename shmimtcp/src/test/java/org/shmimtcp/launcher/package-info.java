/**
 * Tests of what is around the program: the launcher scripts and the layout that the build makes.
 */
@NullMarked
package org.shmimtcp.launcher;

import org.jspecify.annotations.NullMarked;
