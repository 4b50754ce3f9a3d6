package org.shmimtcp.site;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;

/**
 * One stream that is to follow from one machine to another.
 *
 * @param name what it is called here and in commands
 * @param stream its name on the machine that sends
 * @param from role of that machine
 * @param to role of the machine that receives
 * @param port there
 * @param shape what it is made with where it is missing; null to make none
 * @param type of its pixels, null as the shape is
 */
public record Link(
        String name,
        String stream,
        String from,
        String to,
        int port,
        @Nullable Shape shape,
        @Nullable DataType type,
        LinkOptions options) {
    Link named(String otherName, String otherStream, int otherPort) {
        return new Link(otherName, otherStream, from, to, otherPort, shape, type, options);
    }

    /** Its name on the machine that receives. */
    public String copy() {
        String local = options.localName();
        return local == null ? stream : local;
    }
}
