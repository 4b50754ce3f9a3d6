/** The settings of a link end: each once, with its default, its limits and its names. */
@NullMarked
package org.shmimtcp.settings;

import org.jspecify.annotations.NullMarked;
