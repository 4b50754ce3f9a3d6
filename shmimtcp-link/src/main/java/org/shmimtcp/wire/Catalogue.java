package org.shmimtcp.wire;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;

/**
 * What a machine offers, as its {@link CatalogueMessage} says.
 *
 * @param instance a random number of the offering process, not 0
 * @param offered number of streams offered; more than in the list if the message was full
 * @param sampledNs when the streams were read, ns of CLOCK_TAI
 * @param host the machine's own name
 * @param streams sorted by name
 */
public record Catalogue(
        int instance, int offered, long sampledNs, String host, List<Stream> streams) {
    public Catalogue {
        streams = List.copyOf(streams);
    }

    /**
     * A stream.
     *
     * @param form null if the stream cannot be used there
     * @param cnt0 its counter at the time of the sample
     * @param identity distinguishes the image from others of its name
     * @param rateHz frames per second; NaN if unknown
     * @param ageNs age of the newest frame; {@link #UNKNOWN_AGE} if unknown
     */
    public record Stream(
            String name,
            @Nullable Form form,
            long cnt0,
            Identity identity,
            double rateHz,
            long ageNs) {
        public static final long UNKNOWN_AGE = -1;

        /** Returns a stream that cannot be used where it is. */
        public static Stream unusable(String name) {
            return new Stream(
                    name, null, 0, new Identity(0, Instant.EPOCH), Double.NaN, UNKNOWN_AGE);
        }
    }

    /**
     * What does not change while an image exists.
     *
     * @param ring length of the ring, in frames
     */
    public record Form(DataType type, Shape shape, boolean circular, int keywordSlots, int ring) {}

    /** The inode and the creation time of an image. */
    public record Identity(long inode, Instant created) {}
}
