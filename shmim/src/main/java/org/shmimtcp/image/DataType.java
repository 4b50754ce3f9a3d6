package org.shmimtcp.image;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The type of a pixel: ImageStreamIO's 13 types, with their codes and mk2Dim's letters. All are
 * little-endian.
 */
public enum DataType {
    /** Unsigned, 8 bits: code 1. */
    UINT8(1, 1, "ui8"),

    /** Signed, 8 bits: code 2. */
    INT8(2, 1, "si8"),

    /** Unsigned, 16 bits: code 3. The usual type of a raw camera frame. */
    UINT16(3, 2, "ui16"),

    /** Signed, 16 bits: code 4. */
    INT16(4, 2, "si16"),

    /** Unsigned, 32 bits: code 5. */
    UINT32(5, 4, "ui32"),

    /** Signed, 32 bits: code 6. */
    INT32(6, 4, "si32"),

    /** Unsigned, 64 bits: code 7. */
    UINT64(7, 8, "ui64"),

    /** Signed, 64 bits: code 8. */
    INT64(8, 8, "si64"),

    /** IEEE 754, 32 bits: code 9. The usual type of a mirror command. */
    FLOAT(9, 4, "f32"),

    /** IEEE 754, 64 bits: code 10. */
    DOUBLE(10, 8, "f64"),

    /** Two {@link #FLOAT}, real part first: code 11. */
    COMPLEX_FLOAT(11, 8, "c64"),

    /** Two {@link #DOUBLE}, real part first: code 12. */
    COMPLEX_DOUBLE(12, 16, "c128"),

    /** IEEE 754, 16 bits: code 13. */
    HALF(13, 2, "f16");

    private static final DataType[] BY_CODE = values();

    private final int code;
    private final int bytes;
    private final String letters;

    DataType(int code, int bytes, String letters) {
        this.code = code;
        this.bytes = bytes;
        this.letters = letters;
    }

    /** {@return the number that stands for this type in the file, 1 to 13} */
    public int code() {
        return code;
    }

    /** {@return the size of one pixel in bytes: 1 to 16; both parts of a complex one} */
    public int bytes() {
        return bytes;
    }

    /** {@return the short name that operators type: {@code f32} for 32-bit floats} */
    public String letters() {
        return letters;
    }

    /** {@return true if each pixel is a pair of numbers, real part first} */
    public boolean isComplex() {
        return this == COMPLEX_FLOAT || this == COMPLEX_DOUBLE;
    }

    /**
     * Finds a type by its number in a file.
     *
     * @param code any number: it may come from an untrusted file or peer
     * @return the type; empty if ImageStreamIO 2.00 has none of that number
     */
    public static Optional<DataType> ofCode(int code) {
        return code >= 1 && code <= BY_CODE.length
                ? Optional.of(BY_CODE[code - 1])
                : Optional.empty();
    }

    /**
     * Finds a type by its name ({@code float}) or its letters ({@code f32}), ignoring case.
     *
     * @param name as an operator typed it
     * @return the type; empty if there is none
     */
    public static Optional<DataType> ofName(String name) {
        return Arrays.stream(BY_CODE)
                .filter(t -> t.letters.equalsIgnoreCase(name) || t.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** {@return the letters of all types, separated by blanks, for messages} */
    public static String allLetters() {
        return Arrays.stream(BY_CODE).map(DataType::letters).collect(Collectors.joining(" "));
    }
}
