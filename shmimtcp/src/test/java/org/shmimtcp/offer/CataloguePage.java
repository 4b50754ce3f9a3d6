package org.shmimtcp.offer;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What docs/protocol.md says about asking what a machine offers, written from the page alone: no
 * class of the product is used here.
 */
final class CataloguePage {
    static final int REFUSED = 2;
    static final int ASK = 9;
    static final int ASK_LINKS = 11;
    static final int CATALOGUE = 18;
    static final int LINKS = 19;

    private CataloguePage() {}

    record Entry(
            String name,
            int type,
            List<Integer> sizes,
            int keywords,
            int ring,
            boolean circular,
            long cnt0,
            long inode,
            long createdS,
            long createdNs,
            double rate,
            long ageNs) {}

    record Answer(
            int version, int instance, int offered, long timeNs, String host, List<Entry> of) {}

    static ByteBuffer message(int type, int bodyBytes) {
        ByteBuffer message = ByteBuffer.allocate(16 + bodyBytes).order(ByteOrder.LITTLE_ENDIAN);
        message.put("sTC1".getBytes(StandardCharsets.US_ASCII));
        message.putShort((short) type).putShort((short) 0).putLong(bodyBytes);
        int xor = 0;
        for (int word = 0; word < 8; word++) {
            xor ^= message.getShort(2 * word) & 0xffff;
        }
        return message.putShort(6, (short) (xor ^ 0xffff)).position(16);
    }

    static byte[] ask(int oldest, int newest) {
        return ask(ASK, oldest, newest);
    }

    static byte[] ask(int type, int oldest, int newest) {
        return all(message(type, 8).putShort((short) oldest).putShort((short) newest));
    }

    /** Receives a message: its type is at offset 4. */
    static ByteBuffer receive(InputStream from) throws IOException {
        DataInputStream in = new DataInputStream(from);
        byte[] header = new byte[16];
        in.readFully(header);
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        int xor = 0;
        for (int word = 0; word < 8; word++) {
            xor ^= fields.getShort(2 * word) & 0xffff;
        }
        long body = fields.getLong(8);
        if (!new String(header, 0, 4, StandardCharsets.US_ASCII).equals("sTC1")
                || xor != 0xffff
                || body % 8 != 0
                || body > 655_472 - 16) {
            throw new IOException("damage: " + fields);
        }
        ByteBuffer whole = ByteBuffer.allocate(16 + (int) body).order(ByteOrder.LITTLE_ENDIAN);
        whole.put(header);
        in.readFully(whole.array(), 16, (int) body);
        return whole;
    }

    static String text(ByteBuffer message, int offset, int bytes) {
        byte[] raw = new byte[bytes];
        message.get(offset, raw);
        return new String(raw, StandardCharsets.UTF_8).replaceFirst("\0.*$", "");
    }

    static byte[] all(ByteBuffer message) {
        byte[] raw = new byte[message.limit()];
        message.get(0, raw);
        return raw;
    }

    private static int crc32c(ByteBuffer message) {
        CRC32C crc = new CRC32C();
        crc.update(all(message), 16, message.limit() - 4 - 16);
        return (int) crc.getValue();
    }

    record Links(int version, long timeMs, String host, String text) {}

    static Links parseLinks(ByteBuffer message) throws IOException {
        int n = message.getInt(20);
        int bytes = message.limit();
        if (message.getShort(4) != LINKS
                || message.getShort(18) != 0
                || bytes != 96 + (n + 7) / 8 * 8 + 8
                || message.getInt(bytes - 4) != crc32c(message)
                || message.getInt(bytes - 8) != 0) {
            throw new IOException("no list of links as on the page");
        }
        return new Links(
                message.getShort(16),
                message.getLong(24),
                text(message, 32, 64),
                text(message, 96, n));
    }

    static byte[] links(Links links) {
        byte[] text = links.text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer message = message(LINKS, 80 + (text.length + 7) / 8 * 8 + 8);
        message.putShort(16, (short) links.version).putInt(20, text.length);
        message.putLong(24, links.timeMs);
        message.put(32, links.host.getBytes(StandardCharsets.UTF_8)).put(96, text);
        return all(message.putInt(message.limit() - 4, crc32c(message)));
    }

    static Answer parse(ByteBuffer message) throws IOException {
        int n = message.getInt(24);
        int bytes = message.limit();
        if (message.getShort(4) != CATALOGUE
                || bytes != 112 + 160 * n
                || message.getInt(bytes - 4) != crc32c(message)
                || message.getInt(bytes - 8) != 0) {
            throw new IOException("no catalogue as on the page");
        }
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            int at = 104 + 160 * i;
            List<Integer> sizes = new ArrayList<>();
            for (int axis = 0; axis < message.getInt(at + 84); axis++) {
                sizes.add(message.getInt(at + 88 + 4 * axis));
            }
            entries.add(
                    new Entry(
                            text(message, at, 80),
                            message.getInt(at + 80),
                            sizes,
                            message.getInt(at + 100),
                            message.getInt(at + 104),
                            (message.getInt(at + 108) & 1) != 0,
                            message.getLong(at + 112),
                            message.getLong(at + 120),
                            message.getLong(at + 128),
                            message.getLong(at + 136),
                            message.getDouble(at + 144),
                            message.getLong(at + 152)));
        }
        return new Answer(
                message.getShort(16),
                message.getInt(20),
                message.getInt(28),
                message.getLong(32),
                text(message, 40, 64),
                entries);
    }

    static byte[] catalogue(Answer answer) {
        int n = answer.of.size();
        ByteBuffer message = message(CATALOGUE, 96 + 160 * n);
        message.putShort(16, (short) answer.version).putInt(20, answer.instance);
        message.putInt(24, n).putInt(28, answer.offered).putLong(32, answer.timeNs);
        message.put(40, answer.host.getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < n; i++) {
            Entry entry = answer.of.get(i);
            int at = 104 + 160 * i;
            message.put(at, entry.name.getBytes(StandardCharsets.UTF_8));
            message.putInt(at + 80, entry.type).putInt(at + 84, entry.sizes.size());
            for (int axis = 0; axis < entry.sizes.size(); axis++) {
                message.putInt(at + 88 + 4 * axis, entry.sizes.get(axis));
            }
            message.putInt(at + 100, entry.keywords).putInt(at + 104, entry.ring);
            message.putInt(at + 108, entry.circular ? 1 : 0).putLong(at + 112, entry.cnt0);
            message.putLong(at + 120, entry.inode).putLong(at + 128, entry.createdS);
            message.putLong(at + 136, entry.createdNs).putDouble(at + 144, entry.rate);
            message.putLong(at + 152, entry.ageNs);
        }
        return all(message.putInt(message.limit() - 4, crc32c(message)));
    }
}
