package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;

class MilkRecordTest {
    private static final java.lang.foreign.ValueLayout.OfLong LONG =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Expected values from the description of the byte stream, not from the code. */
    @ParameterizedTest
    @CsvSource({
        // variant, pixel bytes, keywords, offset of keywords, total bytes
        "MILK0, 10000,   10, 10016,  10016",
        "MILK1, 10000,    0, 10016,  10016",
        "MILK1, 10000,  100, 10016,  22816",
        "MILK1, 10000, 1000, 10016, 138016",
        "MILK1, 10000, 6000, 10016, 778016",
        "MILK2, 10000,    0, 10024,  10024",
        "MILK2, 10000,  100, 10024,  22824",
        "MILK1,     0,    0,    16,     16",
        "MILK1,    35,    5,    51,    691",
    })
    void hasItsPartsWhereTheyBelong(
            MilkVariant variant, long pixels, int keywords, long keywordsAt, long bytes) {
        MilkRecord record = new MilkRecord(variant, pixels, 1, keywords);
        assertThat(record.keywordsOffset()).isEqualTo(keywordsAt);
        assertThat(record.bytes()).isEqualTo(bytes);
        assertThat(record.keywordsOffset() + record.keywordBytes()).isEqualTo(bytes);
        assertThat(record.maxBytes()).isGreaterThanOrEqualTo(bytes);
    }

    @Test
    void carriesOneSliceOfACubeAndNoPixelsOfALine() {
        ImageSpec plane = ImageSpec.of("a", DataType.FLOAT, Shape.of(50, 40));
        ImageSpec cube = ImageSpec.of("a", DataType.UINT16, Shape.of(7, 5, 3));
        ImageSpec line = ImageSpec.of("a", DataType.DOUBLE, Shape.of(13));
        assertThat(MilkRecord.of(MilkVariant.MILK1, plane))
                .isEqualTo(new MilkRecord(MilkVariant.MILK1, 8000, 1, 10));
        assertThat(MilkRecord.of(MilkVariant.MILK2, cube))
                .isEqualTo(new MilkRecord(MilkVariant.MILK2, 70, 3, 10));
        assertThat(MilkRecord.of(MilkVariant.MILK1, line))
                .isEqualTo(new MilkRecord(MilkVariant.MILK1, 0, 1, 10));
    }

    @ParameterizedTest
    @EnumSource(names = "MILK3", mode = EnumSource.Mode.EXCLUDE)
    void trailerIsLittleEndianBehindThePixels(MilkVariant variant) {
        MilkRecord format = new MilkRecord(variant, 35, 4, 2);
        MemorySegment record = filled(format, (byte) 0x5a);

        format.putCounters(record, 0x0102030405060708L, 3);

        long at = 35;
        if (variant == MilkVariant.MILK2) {
            assertThat(record.get(LONG, at)).isEqualTo(0x12341234ffL);
            at += 8;
        }
        assertThat(record.get(LONG, at)).isEqualTo(0x0102030405060708L);
        assertThat(record.get(LONG, at + 8)).isEqualTo(3);
        assertThat(format.cnt0(record)).isEqualTo(0x0102030405060708L);
        assertThat(format.slice(record)).isEqualTo(3);
        for (long i = 0; i < format.bytes(); i++) {
            if (i < 35 || i >= format.keywordsOffset()) {
                assertThat(record.get(java.lang.foreign.ValueLayout.JAVA_BYTE, i))
                        .as("byte %d", i)
                        .isEqualTo((byte) 0x5a);
            }
        }
    }

    private static MemorySegment filled(MilkRecord format, byte value) {
        return MemorySegment.ofArray(new byte[(int) Math.max(format.bytes(), format.maxBytes())])
                .fill(value);
    }

    @ParameterizedTest
    @EnumSource(names = {"MILK1", "MILK2"})
    void isToldFromTheOtherByItsFirstBytesAfterThePixels(MilkVariant variant) {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 1000; i++) {
            MilkRecord format = new MilkRecord(variant, random.nextInt(100), 1, 0);
            byte[] noise = new byte[(int) format.maxBytes()];
            random.nextBytes(noise);
            MemorySegment record = MemorySegment.ofArray(noise);
            format.putCounters(record, random.nextLong(1L << 37), 0);
            long probe = format.pixelBytes() + MilkRecord.PROBE_BYTES;
            assertThat(MilkRecord.detect(record.asSlice(0, probe), format.pixelBytes()))
                    .as("seed %d", seed)
                    .isEqualTo(variant);
        }
    }

    @ParameterizedTest
    @EnumSource
    void acceptsEverySlice(MilkVariant variant) {
        MilkRecord format = new MilkRecord(variant, 8, 3, 0);
        MemorySegment record = filled(format, (byte) 0);
        for (int slice = 0; slice < 3; slice++) {
            format.putCounters(record, Long.MAX_VALUE, slice);
            format.check(record, Long.MAX_VALUE - 1);
            assertThat(format.slice(record)).isEqualTo(slice);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 3, 4, 1_000_000_000, Long.MIN_VALUE, 1L << 32})
    void refusesASliceThatTheImageDoesNotHave(long cnt1) {
        MilkRecord format = new MilkRecord(MilkVariant.MILK1, 8, 3, 0);
        MemorySegment record = filled(format, (byte) 0);
        record.set(LONG, 16, cnt1);
        assertThatThrownBy(() -> format.check(record, 0))
                .isInstanceOf(WireException.class)
                .hasMessageStartingWith("a record for slice " + cnt1 + " of 3");
    }

    /** A C source without slices may send any value in cnt1. */
    @Test
    void doesNotLookAtTheSliceOfAnImageWithout() {
        MilkRecord format = new MilkRecord(MilkVariant.MILK1, 8, 1, 0);
        MemorySegment record = filled(format, (byte) 0);
        record.set(LONG, 16, 1_000_000_000);
        assertThatCode(() -> format.check(record, 0)).doesNotThrowAnyException();
        assertThat(format.slice(record)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void refusesANegativeCounter(MilkVariant variant) {
        MilkRecord format = new MilkRecord(variant, 8, 1, 0);
        MemorySegment record = filled(format, (byte) 0);
        format.putCounters(record, -5, 0);
        assertThatThrownBy(() -> format.check(record, 0))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("cnt0 -5");
    }

    /** As if the head was longer than ours. */
    @Test
    void refusesPixelsInPlaceOfACounter() {
        MilkRecord format = new MilkRecord(MilkVariant.MILK1, 8, 1, 0);
        MemorySegment record = filled(format, (byte) 1);
        long twoFloats = 0x3f8000003f800000L;
        for (long notACount : new long[] {twoFloats, 1_000_000_000_008L, 0}) {
            format.putCounters(record, notACount, 0);
            assertThatThrownBy(() -> format.check(record, 7))
                    .isInstanceOf(WireException.class)
                    .hasMessageContaining("cnt0 " + notACount + " after a head with 7");
        }
    }

    /** Its counter may also start again, as the source was re-created in its file. */
    @Test
    void acceptsASourceThatCountsFromItsBeginningAgain() {
        MilkRecord format = new MilkRecord(MilkVariant.MILK1, 8, 1, 0);
        MemorySegment written = filled(format, (byte) 1);
        format.putCounters(written, 1, 0);
        MemorySegment unwritten = filled(format, (byte) 0);
        format.putCounters(unwritten, 0, 0);
        assertThatCode(() -> format.check(written, 7)).doesNotThrowAnyException();
        assertThatCode(() -> format.check(unwritten, 7)).doesNotThrowAnyException();
    }

    @Test
    void refusesMilk2WithoutItsMagicNumber() {
        MilkRecord format = new MilkRecord(MilkVariant.MILK2, 8, 1, 0);
        MemorySegment record = filled(format, (byte) 0);
        format.putCounters(record, 1, 0);
        record.set(LONG, 8, 0x12341234feL);
        assertThatThrownBy(() -> format.check(record, 0))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("magic");
    }

    @Test
    void variantsAreFoundByTheirNames() {
        assertThat(MilkVariant.ofName("milk2")).contains(MilkVariant.MILK2);
        assertThat(MilkVariant.ofName("MILK2")).isEmpty();
        assertThat(MilkVariant.ofName("milk4")).isEmpty();
    }
}
