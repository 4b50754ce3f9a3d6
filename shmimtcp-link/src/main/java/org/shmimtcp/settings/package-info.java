/** The settings of links, each defined once with its default, limits and names. */
@NullMarked
package org.shmimtcp.settings;

import org.jspecify.annotations.NullMarked;
