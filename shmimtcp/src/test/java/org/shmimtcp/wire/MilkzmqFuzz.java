package org.shmimtcp.wire;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.xrif.PlainXrif;
import org.shmimtcp.xrif.Xrif;
import org.shmimtcp.xrif.XrifException;

/** What viewers and servers of frames send: requests, and frames with compressed pixels. */
public final class MilkzmqFuzz {
    private static final long MAX_PIXEL_BYTES = 1 << 20;

    private MilkzmqFuzz() {}

    /** A frame. */
    public static final class Frames {
        private Frames() {}

        public static void fuzzerTestOneInput(byte[] data) {
            if (MilkzmqHead.isHangUp(data)) {
                return;
            }
            try {
                MilkzmqHead head = MilkzmqHead.read(data, MAX_PIXEL_BYTES);
                if (head.pixelBytes() < 1 || head.pixelBytes() > MAX_PIXEL_BYTES) {
                    throw new AssertionError("accepted " + head);
                }
                head.spec().withName("copy");
                if (head.compressed()) {
                    new Xrif(head.nx() * head.ny())
                            .expand(
                                    data,
                                    MilkzmqHead.BYTES,
                                    head.payloadBytes(),
                                    MemorySegment.ofArray(new byte[(int) head.pixelBytes()]));
                }
            } catch (WireException | XrifException | ImageException refused) {
                return;
            }
        }

        /** Returns a raw and a compressed frame, built without the product's codec. */
        public static List<byte[]> seeds() {
            byte[] pixels = new byte[2 * 77 * 3];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (byte) (i * i);
            }
            return List.of(
                    frame(-1, -1, -1, pixels), frame(300, 200, 100, PlainXrif.compressed(pixels)));
        }

        private static byte[] frame(int difference, int reorder, int compress, byte[] payload) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(256 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.put(0, "cam".getBytes(StandardCharsets.UTF_8));
            bytes.put(128, (byte) 3).putInt(129, 77).putInt(133, 3).putLong(137, 5);
            bytes.putShort(161, (short) difference).putShort(163, (short) reorder);
            bytes.putShort(165, (short) compress).putInt(167, payload.length).put(256, payload);
            return bytes.array();
        }
    }

    /** A request, which is the name of a stream. */
    public static final class Requests {
        private Requests() {}

        public static void fuzzerTestOneInput(byte[] data) {
            try {
                String name = StreamName.check(new String(data, StandardCharsets.UTF_8));
                if (name.isEmpty() || name.contains("/") || name.startsWith(".")) {
                    throw new AssertionError("accepted '" + name + "'");
                }
            } catch (ImageException refused) {
                return;
            }
        }
    }
}
