package org.shmimtcp.testing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.wire.Limits;
import org.shmimtcp.wire.MilkHead;
import org.shmimtcp.wire.MilkRecord;
import org.shmimtcp.wire.MilkVariant;

/**
 * A capture of what the C transmitter sent of a stream, with its source and the C receiver's copy.
 */
public record GoldenWire(String name) {
    /** Returns all captures. */
    public static List<GoldenWire> all() {
        return Stream.of(
                        "50x50-float-5",
                        "120x120-uint16-10",
                        "kw5-11x11-float-4",
                        "circ-7x5x3-float-7",
                        "cube-7x5x3-uint16-5",
                        "burst-7x5-uint16-8",
                        "circburst-7x5x4-uint8-6",
                        "cb4-7x5-int32-6",
                        "1d-13-double-3",
                        "half-7x5-3")
                .map(GoldenWire::new)
                .toList();
    }

    private byte[] resource(String suffix) {
        String path = "/golden/wire/wire-" + name + suffix;
        try (InputStream in = GoldenWire.class.getResourceAsStream(path)) {
            return Objects.requireNonNull(in, path).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns all bytes that were sent. */
    public byte[] stream() {
        return resource(".bin");
    }

    /** Returns the file of the C transmitter's source, after the transfer. */
    public byte[] source() {
        return resource(".tx.im.shm");
    }

    /** Returns the file of the C receiver's copy, after the transfer. */
    public byte[] copy() {
        return resource(".rx.im.shm");
    }

    /** Returns the first 384 bytes. */
    public byte[] head() {
        return Arrays.copyOf(stream(), MilkHead.BYTES);
    }

    /** Returns the description of the source. */
    public ImageSpec spec() {
        return MilkHead.parse(aligned(head()), Limits.DEFAULT);
    }

    /** Returns the format of the records in {@link #stream}. */
    public MilkRecord format() {
        return MilkRecord.of(MilkVariant.MILK1, spec());
    }

    /** Returns the records in the order in which they were sent. */
    public List<byte[]> records() {
        byte[] all = stream();
        int bytes = (int) format().bytes();
        return Stream.iterate(MilkHead.BYTES, at -> at < all.length, at -> at + bytes)
                .map(at -> Arrays.copyOfRange(all, at, at + bytes))
                .toList();
    }

    /** Fills pixels with those of a frame of this stream; frames are numbered from 1. */
    public void fill(MemorySegment pixels, int frame) {
        DataType type = spec().type();
        for (int i = 0; i < pixels.byteSize() / type.bytes(); i++) {
            put(type, pixels, (long) i * type.bytes(), frame * 1000 + i);
        }
    }

    private static void put(DataType type, MemorySegment pixels, long at, int value) {
        switch (type) {
            case UINT8 -> pixels.set(JAVA_BYTE, at, (byte) value);
            case UINT16 -> pixels.set(JAVA_SHORT_UNALIGNED, at, (short) value);
            case INT32 -> pixels.set(JAVA_INT_UNALIGNED, at, value);
            case FLOAT -> pixels.set(JAVA_FLOAT_UNALIGNED, at, value);
            case DOUBLE -> pixels.set(JAVA_DOUBLE_UNALIGNED, at, value);
            case HALF -> pixels.set(JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(value % 2048));
            default -> throw new AssertionError("no capture of " + type);
        }
    }

    /** Copies bytes into memory with the alignment of a mapped file. */
    public static MemorySegment aligned(byte[] bytes) {
        MemorySegment words = MemorySegment.ofArray(new long[(bytes.length + 7) / 8]);
        return words.asSlice(0, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
    }

    @Override
    public String toString() {
        return name;
    }
}
