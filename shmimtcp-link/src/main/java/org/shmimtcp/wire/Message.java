package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.shmimtcp.posix.NativeMemory;
import org.shmimtcp.text.PlainText;

/**
 * A message of the native protocol, in either direction, little endian:
 *
 * <pre>
 *    0  magic         4   "sTC1"
 *    4  type          2
 *    6  check         2   makes the XOR of the header's eight 16-bit words 0xFFFF
 *    8  body length   8   a multiple of 8
 *   16  body
 * </pre>
 *
 * The check protects type and length: damage to them would make the reader misinterpret the message
 * or wait for bytes that never come. Messages of an unknown type are skipped. Frames have a class
 * of their own, {@link FrameMessage}, and so has what is said on the port of an offer, {@link
 * CatalogueMessage}, {@link LinksMessage} and {@link SubscribeMessage}. The other messages are:
 *
 * <pre>
 *   HOLD     receiver     no body: the receiver speaks this protocol and will answer
 *   WELCOME  receiver     16  version 2, zero 2; 20  capabilities 4 (those of {@link HeadMarker});
 *                         24  cnt0 of its last frame; 32  host, text
 *   REFUSED  receiver     16  reason, text
 *   HELLO    transmitter  16  host and process, text
 *   PING     both         16  time of sending
 *   PONG     both         16  that time; 24  PING's arrival; 32  time of sending this PONG
 *   BYE      transmitter  16  reason, text
 *   AGAIN    receiver     no body: its copy is new; requests the newest frame and all keywords
 * </pre>
 *
 * Times are nanoseconds of CLOCK_TAI since 1970. Texts are UTF-8, padded with zeros.
 */
public final class Message {
    public static final int HEADER_BYTES = 16;

    public static final int WELCOME = 1;
    public static final int REFUSED = 2;
    public static final int HELLO = 3;
    public static final int PING = 4;
    public static final int PONG = 5;
    public static final int BYE = 6;
    public static final int HOLD = 7;
    public static final int AGAIN = 8;
    public static final int ASK = 9;
    public static final int SUBSCRIBE = 10;
    public static final int ASK_LINKS = 11;
    public static final int FRAME = 16;
    public static final int KEYWORDS = 17;
    public static final int CATALOGUE = 18;
    public static final int LINKS = 19;
    public static final int SUBSCRIBED = 20;

    /** Maximum length of a message other than FRAME and KEYWORDS. */
    public static final int MAX_SMALL_BYTES = 1024;

    private static final int MAGIC_VALUE = 0x3143_5473; // "sTC1"
    private static final int MAGIC = 0;
    private static final int TYPE = MAGIC + Integer.BYTES;
    private static final int CHECK = TYPE + Short.BYTES;
    private static final int CHECKED_VALUE = 0xffff;
    private static final int LENGTH = CHECK + Short.BYTES;
    private static final int BODY = LENGTH + Long.BYTES;
    private static final int WELCOME_CAPABILITIES = BODY + Integer.BYTES;
    private static final int WELCOME_CNT0 = BODY + Long.BYTES;
    private static final int WELCOME_HOST = WELCOME_CNT0 + Long.BYTES;

    private Message() {}

    /**
     * Returns the length of the whole message whose header is at {@code at}.
     *
     * @param maxBytes maximum length accepted
     * @throws WireException if there is no valid header, or the message is longer
     */
    public static long bytes(MemorySegment memory, long at, long maxBytes) {
        if (NativeMemory.getInt(memory, at + MAGIC) != MAGIC_VALUE) {
            throw new WireException("no message where one should begin: out of sync");
        }
        if (sum(memory, at) != CHECKED_VALUE) {
            throw new WireException("a message's header was damaged on the way");
        }
        long body = NativeMemory.getLong(memory, at + LENGTH);
        if (body < 0 || body > maxBytes - HEADER_BYTES || (body & 7) != 0) {
            throw new WireException(
                    "a message of type " + type(memory, at) + " with " + body + " bytes");
        }
        return HEADER_BYTES + body;
    }

    public static int type(MemorySegment memory, long at) {
        return Short.toUnsignedInt(NativeMemory.getShort(memory, at + TYPE));
    }

    static void header(MemorySegment memory, long at, int type, long bodyBytes) {
        NativeMemory.putInt(memory, at + MAGIC, MAGIC_VALUE);
        NativeMemory.putShort(memory, at + TYPE, (short) type);
        NativeMemory.putShort(memory, at + CHECK, (short) 0);
        NativeMemory.putLong(memory, at + LENGTH, bodyBytes);
        int check = CHECKED_VALUE ^ sum(memory, at);
        NativeMemory.putShort(memory, at + CHECK, (short) check);
    }

    /** Returns the XOR of a header's 16-bit words. */
    private static int sum(MemorySegment memory, long at) {
        long words = NativeMemory.getLong(memory, at) ^ NativeMemory.getLong(memory, at + 8);
        words ^= words >>> 32;
        words ^= words >>> 16;
        return (int) words & 0xffff;
    }

    /** Writes a HOLD; returns its length. */
    public static long hold(MemorySegment memory) {
        header(memory, 0, HOLD, 0);
        return HEADER_BYTES;
    }

    /** Writes an AGAIN; returns its length. */
    public static long again(MemorySegment memory) {
        header(memory, 0, AGAIN, 0);
        return HEADER_BYTES;
    }

    /**
     * Writes a WELCOME; returns its length.
     *
     * @param capabilities {@link HeadMarker#LZ4}, or 0
     * @param cnt0 counter of the last frame published in this same image; -1 if there is none
     */
    public static long welcome(
            MemorySegment memory, int version, int capabilities, long cnt0, String host) {
        NativeMemory.putInt(memory, BODY, version);
        NativeMemory.putInt(memory, WELCOME_CAPABILITIES, capabilities);
        NativeMemory.putLong(memory, WELCOME_CNT0, cnt0);
        return text(memory, WELCOME, WELCOME_HOST, host);
    }

    /** Returns the version granted by a WELCOME. */
    public static int welcomeVersion(MemorySegment memory, long at) {
        return Short.toUnsignedInt(NativeMemory.getShort(memory, at + BODY));
    }

    /** Returns which of the capabilities in the head the receiver has, too. */
    public static int welcomeCapabilities(MemorySegment memory, long at) {
        return NativeMemory.getInt(memory, at + WELCOME_CAPABILITIES);
    }

    /** Returns cnt0 of the last frame that the receiver has; -1 if it has none. */
    public static long welcomeCnt0(MemorySegment memory, long at) {
        return NativeMemory.getLong(memory, at + WELCOME_CNT0);
    }

    /** Writes a REFUSED, HELLO or BYE; returns its length. */
    public static long text(MemorySegment memory, int type, String text) {
        return text(memory, type, BODY, text);
    }

    private static long text(MemorySegment memory, int type, int offset, String text) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        int bytes = Math.min(raw.length, MAX_SMALL_BYTES - offset);
        long end = (offset + bytes + 7) & -8L;
        memory.asSlice(offset, end - offset).fill((byte) 0);
        MemorySegment.copy(raw, 0, memory, JAVA_BYTE, offset, bytes);
        header(memory, 0, type, end - HEADER_BYTES);
        return end;
    }

    /** Returns the text of a REFUSED, HELLO or BYE that is {@code bytes} long in total. */
    public static String text(MemorySegment memory, long at, long bytes) {
        return string(memory, at + BODY, bytes - BODY);
    }

    /** Returns the host name in a WELCOME. */
    public static String welcomeHost(MemorySegment memory, long at, long bytes) {
        return bytes < WELCOME_HOST ? "" : string(memory, at + WELCOME_HOST, bytes - WELCOME_HOST);
    }

    private static String string(MemorySegment memory, long at, long bytes) {
        byte[] raw = memory.asSlice(at, bytes).toArray(JAVA_BYTE);
        String text = new String(raw, StandardCharsets.UTF_8);
        return PlainText.of(text.replaceFirst("\0+$", "")); // zeros pad the last eight bytes
    }

    /** Writes a PING; returns its length. */
    public static long ping(MemorySegment memory, long nowNs) {
        header(memory, 0, PING, Long.BYTES);
        NativeMemory.putLong(memory, BODY, nowNs);
        return BODY + Long.BYTES;
    }

    /** Returns the time at which a PING was sent. */
    public static long pingSentNs(MemorySegment memory, long at) {
        return NativeMemory.getLong(memory, at + BODY);
    }

    /** Writes the answer to a PING; returns its length. */
    public static long pong(MemorySegment memory, long pingNs, long arrivedNs, long nowNs) {
        header(memory, 0, PONG, 3 * Long.BYTES);
        NativeMemory.putLong(memory, BODY, pingNs);
        NativeMemory.putLong(memory, BODY + 8, arrivedNs);
        NativeMemory.putLong(memory, BODY + 16, nowNs);
        return BODY + 3 * Long.BYTES;
    }

    /** Returns the sending time of the PING that a PONG answers. */
    public static long pongPingNs(MemorySegment memory, long at) {
        return NativeMemory.getLong(memory, at + BODY);
    }

    public static long pongArrivedNs(MemorySegment memory, long at) {
        return NativeMemory.getLong(memory, at + BODY + 8);
    }

    public static long pongSentNs(MemorySegment memory, long at) {
        return NativeMemory.getLong(memory, at + BODY + 16);
    }

    /**
     * Checks that a small message has a body long enough for its type.
     *
     * @throws WireException if the body is too short
     */
    public static void checkSmall(int type, long bytes) {
        long least =
                switch (type) {
                    case PING -> BODY + Long.BYTES;
                    case WELCOME -> WELCOME_HOST;
                    case PONG -> BODY + 3 * Long.BYTES;
                    default -> BODY;
                };
        if (bytes < least) {
            throw new WireException("a message of type " + type + " truncated");
        }
    }
}
