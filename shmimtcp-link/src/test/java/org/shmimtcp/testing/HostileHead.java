package org.shmimtcp.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/**
 * A head that a receiver must refuse.
 *
 * @param what what is wrong with it
 * @param change the change that makes it wrong
 * @param saying part of the refusal
 */
public record HostileHead(String what, Consumer<ByteBuffer> change, String saying) {
    private static final int NAME = 32;
    private static final int NAME_BYTES = 80;
    private static final int NAXIS = 112;
    private static final int SIZE = 116;
    private static final int NELEMENT = 128;
    private static final int DATATYPE = 136;
    private static final int SHARED = 224;
    private static final int LOCATION = 240;
    private static final int NBKW = 290;
    private static final int CBSIZE = 292;
    private static final int IMDATAMEMSIZE = 312;

    /** Returns one head for each kind of error. */
    public static List<HostileHead> all() {
        return List.of(
                of("no version", h -> h.putInt(0, 0), "still being created"),
                of("version 9.99", h -> h.put(0, ascii("9.99")), "version '9.99'"),
                of(
                        "garbage",
                        h -> h.put(0, new byte[384]).put(0, ascii("GET / HTTP/1.1\r\n")),
                        "GET"),
                of("naxis 0", h -> h.put(NAXIS, (byte) 0), "0 axes"),
                of("naxis 4", h -> h.put(NAXIS, (byte) 4), "4 axes"),
                of("naxis 200", h -> h.put(NAXIS, (byte) 200), "200 axes"),
                of("size 0", h -> h.putInt(SIZE, 0), "each axis must be 1 to"),
                of("size 2^31", h -> h.putInt(SIZE, 1 << 31), "size 2147483648 along axis 1"),
                of("size 2^32-1", h -> h.putInt(SIZE + 4, -1), "size 4294967295 along axis 2"),
                of("another size", h -> h.putInt(SIZE, 12), "does not agree"),
                of("other pixels", h -> h.putLong(NELEMENT, 120), "does not agree"),
                of("other bytes", h -> h.putLong(IMDATAMEMSIZE, 485), "does not agree"),
                of("negative bytes", h -> h.putLong(IMDATAMEMSIZE, -484), "does not agree"),
                of("datatype 0", h -> h.put(DATATYPE, (byte) 0), "data type 0"),
                of("datatype 14", h -> h.put(DATATYPE, (byte) 14), "data type 14"),
                of("datatype 255", h -> h.put(DATATYPE, (byte) 255), "data type 255"),
                of("on a GPU", h -> h.put(LOCATION, (byte) 0), "GPU 0"),
                of("not shared", h -> h.put(SHARED, (byte) 0), "not in shared memory"),
                of("an empty name", h -> h.put(NAME, new byte[NAME_BYTES]), "is empty"),
                named("a/b", "has a '/'"),
                named("../evil", "starts with '.'"),
                named("..", "starts with '.'"),
                named("-rf", "starts with '-'"),
                named("a b", "contains a blank"),
                named("a\nb", "unprintable character"),
                named("a\u001b[2Jb", "unprintable character"),
                named("a\u009b2Jb", "unprintable character"),
                named("n".repeat(80), "more than 79 bytes"),
                of(
                        "a name that is no UTF-8",
                        h -> h.put(NAME, (byte) 0xff),
                        "unprintable character"),
                of("a ring of 2^31", h -> h.putInt(CBSIZE, 1 << 31), "ring of 2147483648"),
                of("a ring of 10^9", h -> h.putInt(CBSIZE, 1_000_000_000), "the limit is"),
                of("a cube without end", HostileHead::tooLarge, "the limit is"),
                of("more than 2^63 bytes", HostileHead::overflowing, "too large"));
    }

    private static HostileHead named(String name, String saying) {
        byte[] field = new byte[NAME_BYTES];
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(text, 0, field, 0, text.length);
        String shown = "the name " + name.replaceAll("\\p{Cntrl}", "?");
        return of(shown, h -> h.put(NAME, field), saying);
    }

    private static HostileHead of(String what, Consumer<ByteBuffer> change, String saying) {
        return new HostileHead(what, change, saying);
    }

    /** Returns the changed head of an 11 x 11 float32 image with 5 keywords. */
    public byte[] bytes() {
        byte[] head = new GoldenWire("kw5-11x11-float-4").head();
        change.accept(ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN));
        return head;
    }

    /** 4 TB with consistent fields: more than any limit, and more than any memory. */
    private static void tooLarge(ByteBuffer head) {
        head.put(NAXIS, (byte) 3);
        head.putInt(SIZE, 10_000).putInt(SIZE + 4, 10_000).putInt(SIZE + 8, 10_000);
        head.putLong(NELEMENT, 1_000_000_000_000L).putLong(IMDATAMEMSIZE, 4_000_000_000_000L);
        head.putShort(NBKW, (short) 0);
    }

    private static void overflowing(ByteBuffer head) {
        int axis = Integer.MAX_VALUE;
        head.put(NAXIS, (byte) 3);
        head.putInt(SIZE, axis).putInt(SIZE + 4, axis).putInt(SIZE + 8, axis);
        head.putLong(NELEMENT, (long) axis * axis * axis);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return what;
    }
}
