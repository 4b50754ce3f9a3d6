package org.shmimtcp.link;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.shmimtcp.testing.PackedPixels;

/**
 * What docs/protocol.md says, written from the page alone: no class of the product is used here, so
 * that page and product keep each other honest.
 */
final class ProtocolPage {
    /** Of the protocol. */
    static final int VERSION = 2;

    static final int WELCOME = 1;
    static final int REFUSED = 2;
    static final int HELLO = 3;
    static final int PING = 4;
    static final int PONG = 5;
    static final int BYE = 6;
    static final int HOLD = 7;
    static final int AGAIN = 8;
    static final int SUBSCRIBE = 10;
    static final int FRAME = 16;
    static final int KEYWORDS = 17;
    static final int SUBSCRIBED = 20;

    /** The capability of packed frames; the same bit in a head and in a WELCOME. */
    static final int LZ4 = 1;

    private ProtocolPage() {}

    /** A message that was received. */
    record Message(int type, ByteBuffer bytes) {
        String text(int offset) {
            byte[] raw = new byte[bytes.limit() - offset];
            bytes.get(offset, raw);
            return new String(raw, StandardCharsets.UTF_8).replace("\0", "");
        }

        long longAt(int offset) {
            return bytes.getLong(offset);
        }
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static byte[] all(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.limit()];
        buffer.get(0, bytes);
        return bytes;
    }

    static int crc32c(byte[] bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, to - from);
        return (int) crc.getValue();
    }

    /** An image as its head says. */
    record Image(String name, int type, int typeBytes, List<Integer> sizes, int keywords) {
        long pixels() {
            return sizes.stream().mapToLong(size -> size).reduce(1, (a, b) -> a * b);
        }

        ByteBuffer plainHead(long inode, long cnt0) {
            ByteBuffer head = littleEndian(384);
            head.put(0, "2.00".getBytes(StandardCharsets.US_ASCII));
            head.put(32, name.getBytes(StandardCharsets.US_ASCII));
            head.put(112, (byte) sizes.size());
            for (int axis = 0; axis < sizes.size(); axis++) {
                head.putInt(116 + 4 * axis, sizes.get(axis));
            }
            head.putLong(128, pixels());
            head.put(136, (byte) type);
            head.putLong(144, 2);
            head.putLong(152, 1_700_000_000);
            head.put(224, (byte) 1);
            head.putLong(232, inode);
            head.put(240, (byte) -1);
            head.putShort(258, (short) 10);
            head.putShort(260, (short) 10);
            head.putLong(264, cnt0);
            head.putShort(290, (short) keywords);
            head.putLong(312, pixels() * typeBytes);
            return head;
        }

        byte[] head(long inode, long cnt0, int oldest, int newest, int instance) {
            return head(inode, cnt0, oldest, newest, 0, instance);
        }

        byte[] head(long inode, long cnt0, int oldest, int newest, int capabilities, int instance) {
            ByteBuffer head = plainHead(inode, cnt0);
            head.put(8, "shmimTCP".getBytes(StandardCharsets.US_ASCII));
            head.putShort(16, (short) oldest);
            head.putShort(18, (short) newest);
            head.putInt(20, capabilities);
            head.putInt(28, instance);
            head.putInt(24, crc32c(all(head), 0, 384));
            return all(head);
        }
    }

    /** The checksum that a head carries is right. */
    static boolean isWhole(ByteBuffer head) {
        byte[] copy = all(head);
        for (int i = 24; i < 28; i++) {
            copy[i] = 0;
        }
        return crc32c(copy, 0, 384) == head.getInt(24);
    }

    private static ByteBuffer message(int type, int bodyBytes) {
        ByteBuffer message = littleEndian(16 + bodyBytes);
        message.put(0, "sTC1".getBytes(StandardCharsets.US_ASCII));
        message.putShort(4, (short) type);
        message.putLong(8, bodyBytes);
        message.putShort(6, (short) (0xffff ^ xor(message)));
        return message;
    }

    private static int xor(ByteBuffer message) {
        int xor = 0;
        for (int at = 0; at < 16; at += 2) {
            xor ^= Short.toUnsignedInt(message.getShort(at));
        }
        return xor;
    }

    static boolean isHeader(ByteBuffer header) {
        byte[] magic = new byte[4];
        header.get(0, magic);
        return new String(magic, StandardCharsets.US_ASCII).equals("sTC1")
                && xor(header) == 0xffff
                && header.getLong(8) % 8 == 0;
    }

    static byte[] empty(int type) {
        return all(message(type, 0));
    }

    static byte[] withText(int type, int offset, String text) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer message = message(type, (offset - 16 + raw.length + 7) / 8 * 8);
        message.put(offset, raw);
        return all(message);
    }

    static byte[] welcome(int version, String host) {
        return welcome(version, -1, host);
    }

    static byte[] welcome(int version, long cnt0, String host) {
        return welcome(version, 0, cnt0, host);
    }

    static byte[] welcome(int version, int capabilities, long cnt0, String host) {
        ByteBuffer message = ByteBuffer.wrap(withText(WELCOME, 32, host));
        message.order(ByteOrder.LITTLE_ENDIAN).putShort(16, (short) version).putLong(24, cnt0);
        message.putInt(20, capabilities);
        return all(message);
    }

    static byte[] withTimes(int type, long... ns) {
        ByteBuffer message = message(type, 8 * ns.length);
        for (int i = 0; i < ns.length; i++) {
            message.putLong(16 + 8 * i, ns[i]);
        }
        return all(message);
    }

    static byte[] subscribe(String name, int flags, double limit, long... copies) {
        ByteBuffer message = message(SUBSCRIBE, 112 + 8 * copies.length);
        message.putShort(16, (short) VERSION).putShort(18, (short) VERSION);
        message.putInt(20, flags).putDouble(24, limit);
        message.put(32, name.getBytes(StandardCharsets.UTF_8));
        message.putInt(112, copies.length);
        for (int i = 0; i < copies.length; i++) {
            message.putLong(120 + 8 * i, copies[i]);
        }
        return sealed(all(message));
    }

    static byte[] subscribed(long... origins) {
        ByteBuffer message = message(SUBSCRIBED, 16 + 8 * origins.length);
        message.putShort(16, (short) VERSION).putInt(20, origins.length);
        for (int i = 0; i < origins.length; i++) {
            message.putLong(24 + 8 * i, origins[i]);
        }
        return sealed(all(message));
    }

    /** The ids in a SUBSCRIBE or SUBSCRIBED, whose number is at an offset. */
    static List<Long> ids(Message message, int countAt, int at) {
        ByteBuffer b = message.bytes;
        int n = b.getInt(countAt);
        if (b.limit() != at + 8 * n + 8
                || b.getInt(b.limit() - 8) != 0
                || b.getInt(b.limit() - 4) != crc32c(all(b), 16, b.limit() - 4)) {
            throw new AssertionError("not as on the page: " + b);
        }
        return IntStream.range(0, n).mapToObj(i -> b.getLong(at + 8 * i)).toList();
    }

    /** A keyword's new 128 bytes. */
    record Change(int slot, ByteBuffer keyword) {
        static Change ofLong(int slot, String name, long value) {
            ByteBuffer keyword = littleEndian(128);
            keyword.put(0, name.getBytes(StandardCharsets.US_ASCII));
            keyword.put(16, (byte) 'L');
            keyword.putLong(24, value);
            return new Change(slot, keyword);
        }
    }

    /** What a frame carries but for its pixels and keywords. */
    record Fields(long cnt0, long cnt1, long cnt2, long acquiredSeconds, long writtenSeconds) {}

    static byte[] frame(Fields fields, int slice, byte[] pixels, List<Change> changes) {
        return pixelsAndChanges(FRAME, fields, slice, pixels, changes);
    }

    static byte[] keywords(List<Change> changes) {
        return pixelsAndChanges(KEYWORDS, new Fields(0, 0, 0, 0, 0), 0, new byte[0], changes);
    }

    private static byte[] pixelsAndChanges(
            int type, Fields fields, int slice, byte[] pixels, List<Change> changes) {
        int padded = (pixels.length + 7) / 8 * 8;
        ByteBuffer message = message(type, 112 + padded + 136 * changes.size() + 8);
        message.putInt(20, changes.size());
        message.putLong(24, fields.cnt0);
        message.putLong(32, fields.cnt1);
        message.putLong(40, fields.cnt2);
        message.putLong(48, fields.acquiredSeconds);
        message.putLong(64, fields.writtenSeconds);
        message.putLong(96, pixels.length);
        message.putInt(104, slice);
        message.put(128, pixels);
        for (int i = 0; i < changes.size(); i++) {
            int at = 128 + padded + 136 * i;
            message.putInt(at, changes.get(i).slot);
            message.put(at + 8, changes.get(i).keyword, 0, 128);
        }
        message.putInt(message.limit() - 8, 1);
        return sealed(all(message));
    }

    /** A FRAME with its pixels packed. */
    static byte[] packed(byte[] frame, int type, int typeBytes) {
        ByteBuffer plain = ByteBuffer.wrap(frame.clone()).order(ByteOrder.LITTLE_ENDIAN);
        byte[] pixels = new byte[(int) plain.getLong(96)];
        plain.get(128, pixels);
        byte[] packed = PackedPixels.pack(pixels, type, typeBytes);
        plain.putInt(108, 1).putLong(112, packed.length);
        byte[] whole = sealed(plain.array());
        int tail = 128 + (pixels.length + 7) / 8 * 8;
        int to = 128 + (packed.length + 7) / 8 * 8;
        ByteBuffer message = message(FRAME, to + whole.length - tail - 16);
        message.put(16, whole, 16, 112).put(128, packed);
        message.put(to, whole, tail, whole.length - tail);
        return all(message);
    }

    /** True if the pixels of a FRAME are packed. */
    static boolean isPacked(Message frame) {
        return frame.bytes.getInt(108) == 1;
    }

    /** The FRAME with plain pixels, for which the checksum is. */
    static Message unpacked(Message frame, int type, int typeBytes) {
        byte[] message = all(frame.bytes);
        byte[] packed = new byte[(int) frame.longAt(112)];
        frame.bytes.get(128, packed);
        int pixelBytes = (int) frame.longAt(96);
        byte[] pixels = PackedPixels.unpack(packed, pixelBytes, type, typeBytes);
        int tail = 128 + (packed.length + 7) / 8 * 8;
        int to = 128 + (pixelBytes + 7) / 8 * 8;
        ByteBuffer plain = message(FRAME, to + message.length - tail - 16);
        plain.put(16, message, 16, 112).put(128, pixels);
        plain.put(to, message, tail, message.length - tail);
        return new Message(FRAME, plain);
    }

    /** Gives a FRAME or KEYWORDS the checksum of what is in it. */
    static byte[] sealed(byte[] message) {
        ByteBuffer.wrap(message)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(message.length - 4, crc32c(message, 16, message.length - 4));
        return message;
    }

    /** A FRAME whose last words say that it does not count. */
    static byte[] withdrawn(byte[] message) {
        ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).putInt(message.length - 8, 0);
        return sealed(message);
    }

    /** Another length in the header, with a check that says it is right. */
    static byte[] withLength(byte[] message, long bodyBytes) {
        ByteBuffer buffer = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(8, bodyBytes);
        buffer.putShort(6, (short) 0);
        buffer.putShort(6, (short) (0xffff ^ xor(buffer)));
        return message;
    }
}
