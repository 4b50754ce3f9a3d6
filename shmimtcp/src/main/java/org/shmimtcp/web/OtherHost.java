package org.shmimtcp.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.status.LinkStatus;

/**
 * What another host of the site says about its links.
 *
 * @param role its role
 * @param timeMs Unix time on its clock when it answered
 * @param links null if it did not answer
 * @param fault why it did not; empty if it did
 */
public record OtherHost(String role, long timeMs, @Nullable List<LinkStatus> links, String fault) {}
