/** What a site says runs where: hosts, channels of mirrors, single streams; a file in TOML. */
@NullMarked
package org.shmimtcp.site;

import org.jspecify.annotations.NullMarked;
