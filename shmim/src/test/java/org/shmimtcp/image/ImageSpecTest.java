package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ImageSpecTest {
    private static final ImageSpec SPEC = ImageSpec.of("x", DataType.FLOAT, Shape.of(50, 40));

    @Test
    void saysWhatCreationMakesByDefault() {
        assertThat(SPEC.imageType()).isEqualTo(ImageType.MATH_DATA);
        assertThat(SPEC.semaphores()).isEqualTo(10);
        assertThat(SPEC.processTraces()).isEqualTo(10);
        assertThat(SPEC.keywordSlots()).isEqualTo(10);
        assertThat(SPEC.ringSize()).isZero();
        assertThat(SPEC.describe()).isEqualTo("50x40 f32");
    }

    @Test
    void eachWithChangesOneThing() {
        assertThat(SPEC.withName("y"))
                .isEqualTo(ImageSpec.of("y", DataType.FLOAT, Shape.of(50, 40)));
        assertThat(SPEC.withKeywords(3).keywordSlots()).isEqualTo(3);
        assertThat(SPEC.withRing(3).ringSize()).isEqualTo(3);
        assertThat(SPEC.withSemaphores(3).semaphores()).isEqualTo(3);
        assertThat(SPEC.withImageType(5).imageType()).isEqualTo(5);
        assertThat(
                        SPEC.withKeywords(3)
                                .withRing(4)
                                .withSemaphores(5)
                                .withImageType(6)
                                .withName("z"))
                .isEqualTo(new ImageSpec("z", DataType.FLOAT, Shape.of(50, 40), 6, 3, 4, 5, 10));
    }

    @Test
    void countsBeyond16BitsAreRefused() {
        assertThat(SPEC.withKeywords(65535).keywordSlots()).isEqualTo(65535);
        for (int count : new int[] {-1, 65536, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> SPEC.withKeywords(count))
                    .hasMessage(count + " keywords: must be 0 to 65535");
            assertThatThrownBy(() -> SPEC.withSemaphores(count))
                    .hasMessage(count + " semaphores: must be 0 to 65535");
        }
        assertThatThrownBy(() -> SPEC.withRing(-1)).isInstanceOf(ImageException.class);
        assertThatThrownBy(() -> SPEC.withName("a/b")).isInstanceOf(ImageException.class);
    }

    @Test
    void bytesAreThoseOfTheType() {
        ImageSpec cube = ImageSpec.of("x", DataType.COMPLEX_DOUBLE, Shape.of(7, 5, 3));
        assertThat(cube.pixelBytes()).isEqualTo(105 * 16);
        assertThat(cube.sliceBytes()).isEqualTo(35 * 16);
        int max = Integer.MAX_VALUE;
        assertThatThrownBy(
                        () -> ImageSpec.of("x", DataType.DOUBLE, Shape.of(max, max)).pixelBytes())
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("too large");
        ImageSpec ring = ImageSpec.of("x", DataType.FLOAT, Shape.of(max, 1 << 16)).withRing(max);
        assertThatThrownBy(() -> ImageLayout.of(ring))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("too large");
    }

    @Test
    void onlyACubeOfTheTypeIsCircular() {
        ImageSpec cube = ImageSpec.of("x", DataType.FLOAT, Shape.of(7, 5, 3));
        assertThat(cube.isCircular()).isFalse();
        assertThat(cube.withImageType(ImageType.CIRCULAR).isCircular()).isTrue();
        assertThat(SPEC.withImageType(ImageType.CIRCULAR).isCircular()).isFalse();
        assertThat(ImageType.hasSliceArrays(ImageType.CIRCULAR_TEMPORAL)).isTrue();
        assertThat(ImageType.hasSliceArrays(ImageType.CIRCULAR_TEMPORAL | 0x10)).isTrue();
        assertThat(ImageType.hasSliceArrays(ImageType.CIRCULAR_TEMPORAL | ImageType.MATH_DATA))
                .isFalse();
        assertThat(ImageType.hasSliceArrays(ImageType.CIRCULAR)).isFalse();
    }

    @Test
    void holdsWhatHasItsTypeAndShape() {
        assertThat(SPEC.holds(SPEC.withName("y").withKeywords(0).withRing(7))).isTrue();
        assertThat(SPEC.holds(ImageSpec.of("x", DataType.FLOAT, Shape.of(40, 50)))).isFalse();
        assertThat(SPEC.holds(ImageSpec.of("x", DataType.INT32, Shape.of(50, 40)))).isFalse();
    }

    @Test
    void typesInWords() {
        assertThat(ImageType.describe(0)).isEqualTo("none");
        assertThat(ImageType.describe(0x20001)).isEqualTo("circular, temporal");
        assertThat(ImageType.describe(0x1000E)).isEqualTo("data, received, sent, spatial");
    }

    /** The codes of ImageStruct.h: ZAXIS_SPACIAL to ZAXIS_MAPPING. */
    @Test
    void anAxisIsANumberAndNotASetOfBits() {
        assertThat(ImageType.describe(0x30002)).isEqualTo("data, wavelength");
        assertThat(ImageType.describe(0x40000)).isEqualTo("mapping");
        assertThat(ImageType.AXIS_WAVELENGTH).isEqualTo(0x30000);
        assertThat(ImageType.AXIS_MAPPING).isEqualTo(0x40000);
    }
}
