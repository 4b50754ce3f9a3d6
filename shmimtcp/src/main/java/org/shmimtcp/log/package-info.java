/**
 * Log lines on standard error, behind SLF4J: for people, for programs, for systemd's journal. Only
 * the command line uses this package directly, to choose the format.
 */
@NullMarked
package org.shmimtcp.log;

import org.jspecify.annotations.NullMarked;
