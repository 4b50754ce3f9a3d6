package org.shmimtcp.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.image.StreamName;

/**
 * The head of a frame that milkzmq sends to viewers: 256 bytes, little endian, not aligned. The
 * pixels of one slice follow, raw or compressed.
 *
 * <pre>
 *    0  name           128   NUL-filled
 *  128  data type        1   as in the image file; 1 to 10
 *  129  size x           4
 *  133  size y           4   1 for a line
 *  137  cnt0             8   of the source
 *  145  write time       8   seconds
 *  153                   8   nanoseconds
 *  161  difference       2   compression methods; all three -1: raw pixels
 *  163  reorder          2
 *  165  compress         2
 *  167  bytes            4   of the payload
 *  171  zeros           85
 * </pre>
 *
 * <p>A message not longer than a head announces that the sender closes: {@link #isHangUp}.
 *
 * @param compressed true if the pixels are compressed
 * @param payloadBytes length of the payload behind the head
 */
public record MilkzmqHead(
        String name,
        DataType type,
        int nx,
        int ny,
        long cnt0,
        long seconds,
        long nanos,
        boolean compressed,
        int payloadBytes) {
    /** The port on which milkzmqServer listens by default. */
    public static final int DEFAULT_PORT = 5556;

    public static final int BYTES = 256;

    private static final int NAME = 0;
    private static final int NAME_BYTES = 128;
    private static final int DATATYPE = NAME + NAME_BYTES;
    private static final int SIZE_X = DATATYPE + 1;
    private static final int SIZE_Y = SIZE_X + Integer.BYTES;
    private static final int CNT0 = SIZE_Y + Integer.BYTES;
    private static final int SECONDS = CNT0 + Long.BYTES;
    private static final int NANOS = SECONDS + Long.BYTES;
    private static final int DIFFERENCE = NANOS + Long.BYTES;
    private static final int REORDER = DIFFERENCE + Short.BYTES;
    private static final int COMPRESS = REORDER + Short.BYTES;
    private static final int PAYLOAD_BYTES = COMPRESS + Short.BYTES;

    private static final short RAW = -1;
    private static final short[] METHODS = {300, 200, 100};

    /** The compression methods, for error messages. */
    private static final String METHODS_TEXT = "300, 200, 100";

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** LZ4's input is 4 bytes for each pixel; LZ4 expands one byte to at most 255. */
    private static final long SORTED_BYTES = 4;

    private static final long LZ4_RATIO = 255;

    /** True if frames of this type can be sent: milkzmq's clients exit on any other. */
    public static boolean carries(DataType type) {
        return type.code() <= DataType.DOUBLE.code();
    }

    /** True if frames of this type can be compressed. */
    public static boolean compresses(DataType type) {
        return type == DataType.UINT16 || type == DataType.INT16;
    }

    /** True if the message announces that its sender closes. */
    public static boolean isHangUp(byte[] message) {
        return message.length <= BYTES;
    }

    /** Returns the message that tells a client that the server closes. */
    public static byte[] hangUp() {
        return new byte[1];
    }

    /** Writes the head into the first {@link #BYTES} bytes of a message. */
    public void write(byte[] message) {
        ByteBuffer to = ByteBuffer.wrap(message, 0, BYTES).order(ByteOrder.LITTLE_ENDIAN);
        to.put(0, new byte[BYTES]);
        to.put(NAME, name.getBytes(StandardCharsets.UTF_8));
        to.put(DATATYPE, (byte) type.code());
        to.putInt(SIZE_X, nx);
        to.putInt(SIZE_Y, ny);
        to.putLong(CNT0, cnt0);
        to.putLong(SECONDS, seconds);
        to.putLong(NANOS, nanos);
        to.putShort(DIFFERENCE, compressed ? METHODS[0] : RAW);
        to.putShort(REORDER, compressed ? METHODS[1] : RAW);
        to.putShort(COMPRESS, compressed ? METHODS[2] : RAW);
        to.putInt(PAYLOAD_BYTES, payloadBytes);
    }

    /**
     * Reads a head, checking every field.
     *
     * @param message the whole message, longer than a head
     * @param mostBytes maximum size of the expanded pixels
     * @throws WireException if the head is inconsistent, or the pixels exceed the limit
     */
    public static MilkzmqHead read(byte[] message, long mostBytes) {
        if (isHangUp(message)) {
            throw new WireException("a message of " + message.length + " bytes has no frame");
        }
        ByteBuffer from = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        int code = Byte.toUnsignedInt(from.get(DATATYPE));
        DataType type =
                DataType.ofCode(code)
                        .filter(MilkzmqHead::carries)
                        .orElseThrow(
                                () -> new WireException("data type " + code + ": must be 1 to 10"));
        MilkzmqHead head =
                new MilkzmqHead(
                        readName(from),
                        type,
                        from.getInt(SIZE_X),
                        from.getInt(SIZE_Y),
                        from.getLong(CNT0),
                        from.getLong(SECONDS),
                        from.getLong(NANOS),
                        isCompressed(from),
                        from.getInt(PAYLOAD_BYTES));
        head.check(message.length - BYTES, mostBytes);
        return head;
    }

    private static String readName(ByteBuffer from) {
        int length = 0;
        while (length < NAME_BYTES && from.get(NAME + length) != 0) {
            length++;
        }
        try {
            String name =
                    StandardCharsets.UTF_8.newDecoder().decode(from.slice(NAME, length)).toString();
            return StreamName.check(name);
        } catch (CharacterCodingException e) {
            throw new WireException("its name is not text");
        } catch (ImageException e) {
            throw new WireException(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isCompressed(ByteBuffer from) {
        short difference = from.getShort(DIFFERENCE);
        short reorder = from.getShort(REORDER);
        short compress = from.getShort(COMPRESS);
        if (difference == RAW && reorder == RAW && compress == RAW) {
            return false;
        }
        if (difference == METHODS[0] && reorder == METHODS[1] && compress == METHODS[2]) {
            return true;
        }
        throw new WireException(
                "compression methods "
                        + difference
                        + ", "
                        + reorder
                        + ", "
                        + compress
                        + ": must be "
                        + METHODS_TEXT
                        + ", or -1 for none");
    }

    private void check(int behindHead, long mostBytes) {
        if (nx < 1 || ny < 1) {
            throw new WireException(
                    "size "
                            + Integer.toUnsignedString(nx)
                            + " x "
                            + Integer.toUnsignedString(ny)
                            + ": each must be 1 to 2147483647");
        }
        if (compressed && !compresses(type)) {
            throw new WireException("pixels of type " + type.letters() + " cannot be compressed");
        }
        if ((long) nx * ny > mostBytes / type.bytes()) {
            throw new WireException(
                    "an image of "
                            + nx
                            + "x"
                            + ny
                            + " "
                            + type.letters()
                            + " needs more than the limit of "
                            + mostBytes
                            + " bytes");
        }
        long pixelBytes = pixelBytes();
        boolean tooShort = compressed && pixelBytes / 2 * SORTED_BYTES > LZ4_RATIO * behindHead;
        if (tooShort || payloadBytes != behindHead || (!compressed && payloadBytes != pixelBytes)) {
            throw new WireException(
                    nx
                            + "x"
                            + ny
                            + " "
                            + type.letters()
                            + " of "
                            + pixelBytes
                            + " bytes: says "
                            + Integer.toUnsignedString(payloadBytes)
                            + " bytes, has "
                            + behindHead);
        }
    }

    /** Returns the size of the expanded pixels. */
    public long pixelBytes() {
        return (long) nx * ny * type.bytes();
    }

    /** True if the write time is set and valid. */
    public boolean hasWriteTime() {
        return seconds > 0 && nanos >= 0 && nanos < NANOS_PER_SECOND;
    }

    /**
     * Returns the image that these frames fit. It has no keywords, because the protocol carries
     * none.
     */
    public ImageSpec spec() {
        return ImageSpec.of(name, type, Shape.of(nx, ny));
    }
}
