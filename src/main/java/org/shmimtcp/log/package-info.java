/**
 * Log lines on standard error, behind SLF4J: for people, for programs, for systemd's journal. No
 * other package knows it but the command line, which says in which form.
 */
@NullMarked
package org.shmimtcp.log;

import org.jspecify.annotations.NullMarked;
