package org.shmimtcp.wire;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The byte streams that C programs in the field speak. */
public enum MilkVariant {
    /** Before 2022: no keywords. Nothing in the stream gives it away, so it has to be asked for. */
    MILK0(0, 16, false),
    /** 2022 to 2024 releases. */
    MILK1(0, 16, true),
    /** Newer development versions: a magic number before the counters. */
    MILK2(0, 24, true),
    /** A development branch of 2026: no head, but the metadata in front of each frame. */
    MILK3(Milk3Prefix.BYTES, 0, true);

    private final int prefixBytes;
    private final int trailerBytes;
    private final boolean keywords;

    MilkVariant(int prefixBytes, int trailerBytes, boolean keywords) {
        this.prefixBytes = prefixBytes;
        this.trailerBytes = trailerBytes;
        this.keywords = keywords;
    }

    /** Bytes before the pixels. */
    public int prefixBytes() {
        return prefixBytes;
    }

    /** Bytes between the pixels and the keywords. */
    public int trailerBytes() {
        return trailerBytes;
    }

    /** True if all keyword slots follow each frame. */
    public boolean hasKeywords() {
        return keywords;
    }

    /** {@code milk1}, as in {@code --wire}. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<MilkVariant> ofName(String name) {
        return Arrays.stream(values()).filter(v -> v.optionName().equals(name)).findFirst();
    }
}
