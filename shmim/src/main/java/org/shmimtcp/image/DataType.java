package org.shmimtcp.image;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The type of a pixel: ImageStreamIO's 13 types, with their codes and mk2Dim's letters. */
public enum DataType {
    UINT8(1, 1, "ui8"),
    INT8(2, 1, "si8"),
    UINT16(3, 2, "ui16"),
    INT16(4, 2, "si16"),
    UINT32(5, 4, "ui32"),
    INT32(6, 4, "si32"),
    UINT64(7, 8, "ui64"),
    INT64(8, 8, "si64"),
    FLOAT(9, 4, "f32"),
    DOUBLE(10, 8, "f64"),
    COMPLEX_FLOAT(11, 8, "c64"),
    COMPLEX_DOUBLE(12, 16, "c128"),
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

    /** The type's code in the file. */
    public int code() {
        return code;
    }

    /** Bytes per pixel. */
    public int bytes() {
        return bytes;
    }

    /** The short name that operators type, {@code f32} for 32-bit floats. */
    public String letters() {
        return letters;
    }

    public boolean isComplex() {
        return this == COMPLEX_FLOAT || this == COMPLEX_DOUBLE;
    }

    /** Returns the type with that code in a file, if there is one. */
    public static Optional<DataType> ofCode(int code) {
        return code >= 1 && code <= BY_CODE.length
                ? Optional.of(BY_CODE[code - 1])
                : Optional.empty();
    }

    /**
     * Returns the type with that name ({@code float}) or those letters ({@code f32}), ignoring
     * case.
     */
    public static Optional<DataType> ofName(String name) {
        return Arrays.stream(BY_CODE)
                .filter(t -> t.letters.equalsIgnoreCase(name) || t.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /** The letters of all types, for messages. */
    public static String allLetters() {
        return Arrays.stream(BY_CODE).map(DataType::letters).collect(Collectors.joining(" "));
    }
}
