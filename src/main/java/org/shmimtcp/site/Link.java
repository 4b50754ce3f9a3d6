package org.shmimtcp.site;

import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.receive.ReceiveSettings;
import org.shmimtcp.transmit.TransmitSettings;

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
 * @param transmit of the end that sends, but for the stream, address and port
 * @param receive of the other end, but for the port
 */
public record Link(
        String name,
        String stream,
        String from,
        String to,
        int port,
        @Nullable Shape shape,
        @Nullable DataType type,
        TransmitSettings transmit,
        ReceiveSettings receive) {
    Link named(String otherName, String otherStream, int otherPort) {
        return new Link(
                otherName, otherStream, from, to, otherPort, shape, type, transmit, receive);
    }

    /** Its name on the machine that receives. */
    public String copy() {
        String local = receive.find(ReceiveSettings.NAME);
        return local == null ? stream : local;
    }

    /**
     * All settings of the end that sends.
     *
     * @param address of the receiver's machine
     */
    public TransmitSettings transmitTo(String address) {
        return transmit.with(TransmitSettings.STREAM, stream)
                .with(TransmitSettings.HOST, address)
                .with(TransmitSettings.PORT, port);
    }

    /**
     * All settings of the end that receives.
     *
     * @param bind address to listen on; null for all
     */
    public ReceiveSettings receiveAt(@Nullable String bind) {
        ReceiveSettings settings = receive.with(ReceiveSettings.PORT, port);
        return bind == null ? settings : settings.with(ReceiveSettings.BIND, bind);
    }
}
