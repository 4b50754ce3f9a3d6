package org.shmimtcp.wire;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shmimtcp.compress.CompressException;
import org.shmimtcp.compress.PixelPacker;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.testing.GoldenWire;
import org.shmimtcp.testing.PackedPixels;

/** Fuzz targets for network input, for {@code org.shmimtcp.fuzz}. */
public final class WireFuzz {
    private static final int MOST_BYTES = 1 << 16;
    private static final Limits LIMITS = new Limits(1 << 20, 1000, 1 << 18);
    private static final ImageSpec CUBE =
            ImageSpec.of("cube", DataType.UINT16, Shape.of(7, 5, 3)).withKeywords(4);

    private WireFuzz() {}

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException(what);
        }
    }

    /** A head, then records of the announced format. */
    public static final class Milk {
        private Milk() {}

        public static void fuzzerTestOneInput(byte[] data) {
            MemorySegment head = GoldenWire.aligned(Arrays.copyOf(data, MilkHead.BYTES));
            ImageSpec spec;
            try {
                MilkHead.isTls(head);
                HeadMarker.version(head);
                HeadMarker.instance(head);
                spec = MilkHead.parse(head, LIMITS);
            } catch (WireException refused) {
                return;
            }
            require(spec.pixelBytes() <= LIMITS.imageBytes(), "larger than the limit");
            require(spec.keywordSlots() <= LIMITS.keywordSlots(), "more keywords than the limit");
            for (MilkVariant variant : MilkVariant.values()) {
                record(MilkRecord.of(variant, spec), spec, data);
            }
        }

        private static void record(MilkRecord form, ImageSpec spec, byte[] data) {
            if (data.length < MilkHead.BYTES + form.bytes()) {
                return; // a receiver would wait for the rest
            }
            int end = (int) (MilkHead.BYTES + form.bytes());
            MemorySegment record =
                    GoldenWire.aligned(Arrays.copyOfRange(data, MilkHead.BYTES, end));
            try {
                form.check(record, 0);
            } catch (WireException refused) {
                return;
            }
            int slice = form.slice(record);
            require(slice >= 0 && slice < spec.shape().slices(), "slice " + slice);
            require(form.keywordsOffset() + form.keywordBytes() == form.bytes(), "keywords");
        }
    }

    /** Messages of the native protocol, back to back. */
    public static final class Messages {
        private Messages() {}

        public static void fuzzerTestOneInput(byte[] data) {
            MemorySegment memory = GoldenWire.aligned(Arrays.copyOf(data, MOST_BYTES));
            long have = Math.min(data.length, MOST_BYTES);
            try {
                for (long at = 0; have - at >= Message.HEADER_BYTES; ) {
                    long bytes = Message.bytes(memory, at, FrameMessage.maxBytes(CUBE));
                    require(bytes >= Message.HEADER_BYTES, "no progress");
                    if (have - at < bytes) {
                        return;
                    }
                    one(GoldenWire.aligned(slice(memory, at, bytes)), bytes);
                    at += bytes;
                }
            } catch (WireException refused) {
                // the one exception allowed
            }
        }

        private static byte[] slice(MemorySegment memory, long at, long bytes) {
            return memory.asSlice(at, bytes).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        }

        private static void one(MemorySegment message, long bytes) {
            int type = Message.type(message, 0);
            if (type == Message.FRAME || type == Message.KEYWORDS) {
                return; // no fuzzer guesses their checksum: see Frames
            }
            Message.checkSmall(type, bytes);
            switch (type) {
                case Message.PING -> Message.pingSentNs(message, 0);
                case Message.PONG -> {
                    Message.pongPingNs(message, 0);
                    Message.pongArrivedNs(message, 0);
                    Message.pongSentNs(message, 0);
                }
                case Message.WELCOME -> {
                    Message.welcomeVersion(message, 0);
                    printable(Message.welcomeHost(message, 0, bytes));
                }
                default -> printable(Message.text(message, 0, bytes));
            }
        }

        private static void printable(String text) {
            require(text.chars().noneMatch(Messages::movesACursor), "a control character");
        }

        private static boolean movesACursor(int character) {
            return Character.isISOControl(character)
                    || Character.getType(character) == Character.FORMAT;
        }
    }

    /** Frames and keywords with a correct checksum and arbitrary other content. */
    public static final class Frames {
        private Frames() {}

        public static void fuzzerTestOneInput(byte[] data) {
            int bytes = data.length & -8; // Message.bytes accepts no other length
            if (bytes < FrameMessage.bytes(0, 0) || bytes > MOST_BYTES) {
                return;
            }
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment message = arena.allocate(bytes, 64);
                frame(message.copyFrom(MemorySegment.ofArray(data).asSlice(0, bytes)), data[0]);
            }
        }

        private static void frame(MemorySegment message, byte choice) {
            long bytes = message.byteSize();
            var sum = new FrameMessage.Checksum(message);
            FrameMessage.seal(message, bytes, (choice & 2) == 0, sum);
            int type = (choice & 1) == 0 ? Message.FRAME : Message.KEYWORDS;
            try {
                FrameMessage.check(message, bytes, type, CUBE, sum);
            } catch (WireException refused) {
                return;
            }
            int slice = FrameMessage.slice(message);
            long pixelBytes = FrameMessage.pixelBytes(message);
            require(slice >= -1 && slice < 3, "slice " + slice);
            require(
                    pixelBytes == 0
                            || pixelBytes == (slice < 0 ? CUBE.pixelBytes() : CUBE.sliceBytes()),
                    "pixels " + pixelBytes);
            for (int i = 0; i < FrameMessage.changes(message); i++) {
                long change = FrameMessage.change(pixelBytes, i);
                require(change + FrameMessage.CHANGE_BYTES <= bytes, "beyond the end");
                FrameMessage.changeSlot(message, change);
            }
        }

        /** Returns valid messages as seeds. */
        public static java.util.List<byte[]> seeds() {
            return java.util.List.of(
                    frame(FrameMessage.WHOLE_IMAGE, CUBE.pixelBytes(), 4), frame(2, 70, 0));
        }

        private static byte[] frame(int slice, long pixelBytes, int changes) {
            byte[] bytes = new byte[(int) FrameMessage.bytes(pixelBytes, changes)];
            MemorySegment message = GoldenWire.aligned(bytes);
            FrameMessage.fill(message, Message.FRAME, pixelBytes, slice, changes, 0);
            byte[] filled = message.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            filled[0] = 0; // in this fuzz target, the type
            return filled;
        }
    }

    /** Packed pixels, and the same bytes as a whole message. */
    public static final class Packed {
        private static final int PIXELS = 150;
        private static final int GUARD = 32;
        private static final byte UNTOUCHED = 0x5a;

        private Packed() {}

        public static void fuzzerTestOneInput(byte[] data) {
            if (data.length > 0) {
                pixels(data, 1 << (data[0] & 3), (data[0] & 4) == 0);
                message(data);
            }
        }

        private static void pixels(byte[] data, int size, boolean integers) {
            int bytes = PIXELS * size;
            var packer = new PixelPacker(bytes, size, integers);
            byte[] to = new byte[bytes + 2 * GUARD];
            Arrays.fill(to, UNTOUCHED);
            MemorySegment pixels = MemorySegment.ofArray(to);
            try {
                packer.expand(MemorySegment.ofArray(data), 1, data.length - 1, pixels, GUARD);
            } catch (CompressException refused) {
                return;
            } finally {
                for (int i = 0; i < GUARD; i++) {
                    require(
                            to[i] == UNTOUCHED && to[to.length - 1 - i] == UNTOUCHED,
                            "written outside of the frame");
                }
            }
            byte[] again = new byte[bytes];
            MemorySegment packed = MemorySegment.ofArray(again);
            long length = packer.pack(pixels, GUARD, packed, 0);
            if (length > 0) {
                byte[] back = new byte[bytes];
                packer.expand(packed, 0, length, MemorySegment.ofArray(back), 0);
                byte[] first = Arrays.copyOfRange(to, GUARD, GUARD + bytes);
                require(Arrays.equals(back, first), "not the same again");
            }
        }

        private static void message(byte[] data) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment buffer = arena.allocate(FrameMessage.maxBytes(CUBE), 64);
                long bytes = Math.min(buffer.byteSize(), data.length & -8L);
                MemorySegment.copy(MemorySegment.ofArray(data), 0, buffer, 0, bytes);
                long plain = new FrameUnpacker(CUBE, arena).unpack(buffer, bytes);
                require(plain <= FrameMessage.maxBytes(CUBE), "longer than a frame");
            } catch (WireException refused) {
                return;
            }
        }

        /** Returns the packed pixels of each kind, and a message but for its checksum. */
        public static List<byte[]> seeds() {
            List<byte[]> seeds = new ArrayList<>();
            for (int kind = 0; kind < 8; kind++) {
                int size = 1 << (kind & 3);
                byte[] pixels = new byte[PIXELS * size];
                for (int i = 0; i < pixels.length; i++) {
                    pixels[i] = (byte) (i / (20 * size));
                }
                boolean integers = (kind & 4) == 0;
                int type = integers && size == 2 ? DataType.UINT16.code() : DataType.FLOAT.code();
                byte[] packed = PackedPixels.pack(pixels, type, size);
                byte[] seed = new byte[1 + packed.length];
                seed[0] = (byte) kind;
                System.arraycopy(packed, 0, seed, 1, packed.length);
                seeds.add(seed);
            }
            seeds.add(message());
            return seeds;
        }

        private static byte[] message() {
            byte[] packed =
                    PackedPixels.pack(
                            new byte[(int) CUBE.frameBytes()], CUBE.type().code(), Short.BYTES);
            byte[] bytes = new byte[(int) FrameMessage.bytes(packed.length, 0)];
            MemorySegment message = GoldenWire.aligned(bytes);
            FrameMessage.fill(
                    message, Message.FRAME, CUBE.frameBytes(), FrameMessage.WHOLE_IMAGE, 0, 0);
            FrameMessage.packedBytes(message, packed.length);
            MemorySegment.copy(
                    MemorySegment.ofArray(packed), 0, message, FrameMessage.PIXELS, packed.length);
            return message.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        }
    }
}
