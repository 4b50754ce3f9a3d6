package org.shmimtcp.fits;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import nom.tam.fits.Header;
import nom.tam.fits.HeaderCard;
import nom.tam.fits.HeaderCardException;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Keyword;

/**
 * Keywords of a stream as cards of a FITS header, and back.
 *
 * <p>A name that is a FITS keyword stays as it is; any other, and one that the header uses itself,
 * becomes {@code HIERARCH SHM name}. FITS text is printable ASCII: other characters become question
 * marks. It has no value for a number that is none: that becomes text.
 */
public final class KeywordCards {
    /** Of a stream's keyword. */
    private static final int MAX_BYTES = 16;

    private static final String PREFIX = "HIERARCH.SHM.";
    private static final Pattern PLAIN = Pattern.compile("[A-Z0-9_-]{1,8}");

    /** Of the file, not of the stream. */
    private static final Pattern STRUCTURE =
            Pattern.compile(
                    "SIMPLE|XTENSION|BITPIX|NAXIS[0-9]*|EXTEND|BZERO|BSCALE|BLANK|PCOUNT|GCOUNT"
                            + "|GROUPS|EXTNAME|EXTVER|EXTLEVEL|INHERIT|END|COMMENT|HISTORY|CONTINUE"
                            + "|LONGSTRN|CHECKSUM|DATASUM|DATE|DATE-OBS|TIMESYS|CREATOR|HIERARCH"
                            + "|SHMNAME|SHMTYPE|SHMCNT[01]|SHM[AW]TIME|SHMTAI");

    private static final Set<Class<?>> WHOLE =
            Set.of(Byte.class, Short.class, Integer.class, Long.class);

    private KeywordCards() {}

    /** Puts the keywords at the end of a header. */
    static void write(List<Keyword> keywords, Header header) throws HeaderCardException {
        for (Keyword keyword : keywords) {
            String name = ascii(keyword.name()).strip();
            boolean plain = PLAIN.matcher(name).matches() && !isStructure(name);
            String key = plain ? name : PREFIX + name.replaceAll("[\\s.=]", "_");
            add(header, key, keyword.value(), ascii(keyword.comment()).strip());
        }
    }

    static void add(Header header, String key, Object value, String comment)
            throws HeaderCardException {
        HeaderCard card =
                switch (value) {
                    case Double number when Double.isFinite(number) ->
                            // A double would be rounded to 16 digits.
                            new HeaderCard(key, new BigDecimal(number.toString()), comment);
                    case Long number -> new HeaderCard(key, number, comment);
                    default -> new HeaderCard(key, ascii(value.toString()), comment);
                };
        header.addLine(card);
    }

    private static boolean isStructure(String name) {
        return STRUCTURE.matcher(name).matches();
    }

    static String ascii(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }

    /**
     * What a header has for the keywords of a stream.
     *
     * @param keywords in the order of their cards
     * @param cut names of values, or names, that were cut to 16 bytes
     */
    public record Found(List<Keyword> keywords, List<String> cut) {}

    static Found read(Header header) {
        List<Keyword> keywords = new ArrayList<>();
        List<String> cut = new ArrayList<>();
        for (HeaderCard card : List.of(cards(header))) {
            String name = card.getKey();
            boolean ours = name.toUpperCase(Locale.ROOT).startsWith(PREFIX);
            if (!ours && (name.isBlank() || isStructure(name) || card.isCommentStyleCard())) {
                continue;
            }
            Object value = value(card);
            if (value != null) {
                String shortName = ours ? name.substring(PREFIX.length()) : withoutHierarch(name);
                Keyword keyword =
                        new Keyword(
                                cut(shortName),
                                value instanceof String text ? cut(text) : value,
                                0,
                                card.getComment() == null ? "" : card.getComment());
                if (!keyword.name().equals(shortName) || !keyword.value().equals(value)) {
                    cut.add(shortName);
                }
                keywords.add(keyword);
            }
        }
        return new Found(keywords, cut);
    }

    private static HeaderCard[] cards(Header header) {
        List<HeaderCard> all = new ArrayList<>();
        var cursor = header.iterator();
        while (cursor.hasNext()) {
            all.add(cursor.next());
        }
        return all.toArray(HeaderCard[]::new);
    }

    private static String withoutHierarch(String name) {
        return name.startsWith("HIERARCH.") ? name.substring("HIERARCH.".length()) : name;
    }

    private static @Nullable Object value(HeaderCard card) {
        Class<?> type = card.valueType();
        if (type == null || card.getValue() == null) {
            return null;
        }
        if (card.isStringValue()) {
            return card.getValue();
        }
        if (type == Boolean.class) {
            return card.getValue(Boolean.class, false) ? 1L : 0L;
        }
        if (WHOLE.contains(type)) {
            return card.getValue(Long.class, 0L);
        }
        if (type == BigInteger.class || Number.class.isAssignableFrom(type)) {
            return card.getValue(Double.class, Double.NaN);
        }
        return card.getValue();
    }

    /** At most 16 bytes, and no half character. */
    private static String cut(String text) {
        String part = text;
        while (part.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            part = part.substring(0, part.length() - 1);
        }
        return part;
    }
}
