package org.shmimtcp.site;

import org.shmimtcp.want.WantSettings;

/**
 * A stream of another machine of which {@code shmim serve} keeps a copy.
 *
 * @param name the name of its table
 * @param on the role of the machine of the copy
 */
public record SiteWant(String name, String on, WantSettings settings) {}
