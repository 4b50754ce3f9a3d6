package org.shmimtcp.wire;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The variants of the byte stream that C programs in the field speak. */
public enum MilkVariant {
    /**
     * Before 2022: no keywords. The stream does not identify this variant, so the operator must
     * select it.
     */
    MILK0(0, 16, false),
    /** Releases of 2022 to 2024. */
    MILK1(0, 16, true),
    /** Newer development versions: a magic number before the counters. */
    MILK2(0, 24, true),
    /** A development branch of 2026: no head, but metadata in front of each frame. */
    MILK3(Milk3Prefix.BYTES, 0, true);

    private final int prefixBytes;
    private final int trailerBytes;
    private final boolean keywords;

    MilkVariant(int prefixBytes, int trailerBytes, boolean keywords) {
        this.prefixBytes = prefixBytes;
        this.trailerBytes = trailerBytes;
        this.keywords = keywords;
    }

    /** Returns the number of bytes before the pixels. */
    public int prefixBytes() {
        return prefixBytes;
    }

    /** Returns the number of bytes between the pixels and the keywords. */
    public int trailerBytes() {
        return trailerBytes;
    }

    /** True if all keyword slots follow each frame. */
    public boolean hasKeywords() {
        return keywords;
    }

    /** Returns the name used in {@code --wire}, for example {@code milk1}. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<MilkVariant> ofName(String name) {
        return Arrays.stream(values()).filter(v -> v.optionName().equals(name)).findFirst();
    }
}
