package org.shmimtcp.subscribe;

import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.receive.OnLoss;

/**
 * The settings of a subscription.
 *
 * @param directory directory of the copies
 * @param host name or address of the server
 * @param sameCounter true to give the copies the source's cnt0 instead of their own count
 */
public record SubscribeSettings(
        ImageDirectory directory, String host, int port, OnLoss onLoss, boolean sameCounter) {

    /** Returns the server, for example {@code rtc:5556}. */
    String server() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
