/** The configuration of a site: hosts, mirror channels, single streams; read from a TOML file. */
@NullMarked
package org.shmimtcp.site;

import org.jspecify.annotations.NullMarked;
