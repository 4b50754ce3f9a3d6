package org.shmimtcp.fits;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import nom.tam.fits.Header;
import nom.tam.fits.HeaderCard;
import org.jspecify.annotations.Nullable;

/**
 * The values of a header that determine its pixels. A value that cannot be interpreted with
 * certainty refuses the file: a guess, or a default in place of an unreadable value, would put
 * wrong pixels on a mirror.
 */
final class StrictHeader {
    static final int MAX_AXES = 999;
    private static final List<Long> BITPIX = List.of(8L, 16L, 32L, 64L, -32L, -64L);
    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,18}");
    private static final Pattern DECIMAL =
            Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([EDed][+-]?[0-9]{1,4})?");

    private final Path file;
    private final Header header;

    StrictHeader(Path file, Header header) {
        this.file = file;
        this.header = header;
    }

    static IOException broken(Path file, String why, @Nullable Exception cause) {
        String first = why.lines().findFirst().orElse("");
        return new IOException(file + " is damaged, or not a FITS file: " + first, cause);
    }

    private IOException wrong(String why) {
        return broken(file, why, null);
    }

    /**
     * Parses a number by the FITS standard, including Fortran's D for the exponent; null if it is
     * none.
     */
    static @Nullable BigDecimal number(@Nullable String text) {
        return text != null && DECIMAL.matcher(text).matches()
                ? new BigDecimal(text.replace('D', 'E').replace('d', 'e'))
                : null;
    }

    private @Nullable HeaderCard card(String key) throws IOException {
        HeaderCard card = header.getCard(key);
        for (HeaderCard other :
                header.getDuplicates() == null ? List.<HeaderCard>of() : header.getDuplicates()) {
            if (card != null
                    && other.getKey().equals(key)
                    && !String.valueOf(other.getValue()).equals(card.getValue())) {
                throw wrong(key + " occurs twice: " + other.getValue() + " and " + card.getValue());
            }
        }
        return card;
    }

    private String text(HeaderCard card, String kind) throws IOException {
        String value = card.getValue();
        if (card.isStringValue()) {
            throw wrong(card.getKey() + " is not a " + kind + ", but text: '" + value + "'");
        }
        if (value == null || value.isBlank()) {
            throw wrong(card.getKey() + " has no value");
        }
        return value.strip();
    }

    private IOException no(String kind, String key, String value) {
        return wrong(key + " is not a " + kind + ": '" + value + "'");
    }

    /** Returns the whole number of a card; empty if there is no such card. */
    OptionalLong integer(String key) throws IOException {
        HeaderCard card = card(key);
        if (card == null) {
            return OptionalLong.empty();
        }
        String value = text(card, "number");
        if (!WHOLE.matcher(value).matches()) {
            throw no(number(value) == null ? "number" : "whole number in range", key, value);
        }
        return OptionalLong.of(new BigInteger(value).longValueExact());
    }

    private long needed(String key) throws IOException {
        OptionalLong value = integer(key);
        if (value.isEmpty()) {
            throw wrong(key + " is missing");
        }
        return value.getAsLong();
    }

    /** Returns the number of a card; the default if there is no such card. */
    BigDecimal decimal(String key, BigDecimal otherwise) throws IOException {
        HeaderCard card = card(key);
        if (card == null) {
            return otherwise;
        }
        String value = text(card, "number");
        BigDecimal number = number(value);
        if (number == null || !Double.isFinite(number.doubleValue())) {
            throw no("number", key, value);
        }
        return number;
    }

    /** Returns true if a card says T; false if it says F or does not exist. */
    boolean isTrue(String key) throws IOException {
        HeaderCard card = card(key);
        if (card == null) {
            return false;
        }
        String value = text(card, "T or F");
        if (!value.equals("T") && !value.equals("F")) {
            throw no("T or F", key, value);
        }
        return value.equals("T");
    }

    /**
     * Returns the text of a card without trailing blanks; empty if the card does not exist or has
     * no text.
     */
    String text(String key) throws IOException {
        HeaderCard card = card(key);
        return card == null || !card.isStringValue() || card.getValue() == null
                ? ""
                : card.getValue().stripTrailing();
    }

    int bitpix() throws IOException {
        long bitpix = needed("BITPIX");
        if (!BITPIX.contains(bitpix)) {
            throw wrong("BITPIX is " + bitpix + ", not 8, 16, 32, 64, -32 or -64");
        }
        return (int) bitpix;
    }

    /** Returns the lengths of the axes, NAXIS1 first; any may be 0. */
    List<Long> axes() throws IOException {
        long count = needed("NAXIS");
        if (count < 0 || count > MAX_AXES) {
            throw wrong("NAXIS is " + count + ", not the number of axes, 0 to " + MAX_AXES);
        }
        List<Long> axes = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            long size = needed("NAXIS" + i);
            if (size < 0) {
                throw wrong("NAXIS" + i + " is " + size + ", not the length of an axis");
            }
            axes.add(size);
        }
        return axes;
    }

    /** Returns true if random groups follow, an obsolete form of data. */
    boolean isGroups(List<Long> axes) throws IOException {
        return !axes.isEmpty() && axes.getFirst() == 0 && isTrue("GROUPS");
    }

    /**
     * Checks that the data are exactly one array.
     *
     * @throws IOException if PCOUNT or GCOUNT contradict that
     */
    void checkOneArray() throws IOException {
        long parameters = integer("PCOUNT").orElse(0);
        long groups = integer("GCOUNT").orElse(1);
        if (parameters != 0 || groups != 1) {
            throw wrong(
                    "PCOUNT "
                            + parameters
                            + " and GCOUNT "
                            + groups
                            + " are not those of one image: 0 and 1");
        }
    }

    /** The size of the data after the header, of whatever kind, in whole blocks. */
    long dataBytes() throws IOException {
        List<Long> axes = axes();
        if (axes.isEmpty()) {
            return 0;
        }
        try {
            long values = 1;
            for (long axis : isGroups(axes) ? axes.subList(1, axes.size()) : axes) {
                values = Math.multiplyExact(values, axis);
            }
            values = Math.addExact(values, integer("PCOUNT").orElse(0));
            values = Math.multiplyExact(values, integer("GCOUNT").orElse(1));
            long bytes = Math.multiplyExact(values, Math.abs(bitpix()) / 8L);
            if (bytes < 0) {
                throw wrong("PCOUNT or GCOUNT is below 0");
            }
            return Math.addExact(bytes, ImageHeader.padding(bytes));
        } catch (ArithmeticException tooMany) {
            throw broken(file, "its axes are too large", tooMany);
        }
    }
}
