package org.shmimtcp.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataTypeTest {
    @ParameterizedTest
    @CsvSource({
        "1, 1, ui8, UINT8",
        "2, 1, si8, INT8",
        "3, 2, ui16, UINT16",
        "4, 2, si16, INT16",
        "5, 4, ui32, UINT32",
        "6, 4, si32, INT32",
        "7, 8, ui64, UINT64",
        "8, 8, si64, INT64",
        "9, 4, f32, FLOAT",
        "10, 8, f64, DOUBLE",
        "11, 8, c64, COMPLEX_FLOAT",
        "12, 16, c128, COMPLEX_DOUBLE",
        "13, 2, f16, HALF",
    })
    void isAsInTheFormat(int code, int bytes, String letters, String name) {
        DataType type = DataType.ofCode(code).orElseThrow();
        assertThat(type.code()).isEqualTo(code);
        assertThat(type.bytes()).isEqualTo(bytes);
        assertThat(type.letters()).isEqualTo(letters);
        assertThat(type.name()).isEqualTo(name);
        assertThat(DataType.ofName(letters.toUpperCase(Locale.ROOT))).contains(type);
        assertThat(DataType.ofName(name.toLowerCase(Locale.ROOT))).contains(type);
        assertThat(type.isComplex()).isEqualTo(code == 11 || code == 12);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 14, 255, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void otherCodesAreNone(int code) {
        assertThat(DataType.ofCode(code)).isEmpty();
    }

    @Test
    void otherNamesAreNone() {
        assertThat(DataType.ofName("f33")).isEmpty();
        assertThat(DataType.ofName("")).isEmpty();
        assertThat(DataType.allLetters()).startsWith("ui8 si8 ui16").endsWith("f16");
    }
}
