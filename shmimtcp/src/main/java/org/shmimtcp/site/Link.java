package org.shmimtcp.site;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.transmit.TransmitSettings;

/**
 * One stream that is copied from one machine to another.
 *
 * @param name its name in commands and messages
 * @param stream its name on the sending machine
 * @param from role of the sending machine
 * @param to role of the receiving machine
 * @param oneOfSeveral true if its table names several receiving machines: each has a link of its
 *     own, and the transmitters share one reader
 * @param port port on the receiving machine
 * @param shape shape with which a missing stream is created; null to create none
 * @param type pixel type; null if shape is null
 * @param transmit settings of the sending end, except for stream, address and port
 * @param receive settings of the receiving end, except for the port
 */
public record Link(
        String name,
        String stream,
        String from,
        String to,
        boolean oneOfSeveral,
        int port,
        @Nullable Shape shape,
        @Nullable DataType type,
        TransmitSettings transmit,
        ReceiveSettings receive) {
    Link named(String otherName, String otherStream, int otherPort) {
        return new Link(
                otherName,
                otherStream,
                from,
                to,
                oneOfSeveral,
                otherPort,
                shape,
                type,
                transmit,
                receive);
    }

    /** Returns a name that no other link of a machine has. */
    public String distinctName() {
        return oneOfSeveral ? name + " to " + to : name;
    }

    /** Returns its name on the receiving machine. */
    public String copy() {
        String local = receive.find(ReceiveSettings.NAME);
        return local == null ? stream : local;
    }

    /**
     * Returns all settings of the sending end.
     *
     * @param address address of the receiver's machine
     */
    public TransmitSettings transmitTo(String address) {
        return transmit.with(TransmitSettings.STREAM, stream)
                .with(TransmitSettings.HOST, address)
                .with(TransmitSettings.PORT, port);
    }

    /**
     * Returns all settings of the receiving end.
     *
     * @param bind address to listen on; null for all
     */
    public ReceiveSettings receiveAt(@Nullable String bind) {
        ReceiveSettings settings = receive.with(ReceiveSettings.PORT, port);
        return bind == null ? settings : settings.with(ReceiveSettings.BIND, bind);
    }
}
