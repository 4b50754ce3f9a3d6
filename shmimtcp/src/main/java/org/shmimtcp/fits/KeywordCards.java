package org.shmimtcp.fits;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import nom.tam.fits.Header;
import nom.tam.fits.HeaderCard;
import nom.tam.fits.HeaderCardException;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Keyword;

/**
 * Converts keywords of a stream to cards of a FITS header, and back.
 *
 * <p>A name that is a valid FITS keyword is kept; any other name, and one that the header itself
 * uses, becomes {@code HIERARCH SHM name}. FITS text is printable ASCII: other characters become
 * question marks. FITS cannot express NaN or infinity, so these become text.
 */
public final class KeywordCards {
    /** The length of a stream keyword's name or text. */
    private static final int MAX_BYTES = 16;

    private static final String PREFIX = "HIERARCH.SHM.";
    private static final Pattern PLAIN = Pattern.compile("[A-Z0-9_-]{1,8}");

    /** Keywords that belong to the file, not to the stream. */
    private static final Pattern STRUCTURE =
            Pattern.compile(
                    "SIMPLE|XTENSION|BITPIX|NAXIS[0-9]*|EXTEND|BZERO|BSCALE|BLANK|PCOUNT|GCOUNT"
                            + "|GROUPS|EXTNAME|EXTVER|EXTLEVEL|INHERIT|END|COMMENT|HISTORY|CONTINUE"
                            + "|LONGSTRN|CHECKSUM|DATASUM|DATE|DATE-OBS|TIMESYS|CREATOR|HIERARCH"
                            + "|SHMNAME|SHMTYPE|SHMCNT[01]|SHM[AW]TIME|SHMTAI");

    private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]+");

    /** The number of names listed in a note. */
    private static final int MAX_NAMED = 5;

    private KeywordCards() {}

    /** Appends the keywords to a header. */
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
                            // As a double, the library would round it to 16 digits.
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
     * The keywords for a stream found in a header.
     *
     * @param keywords in the order of their cards
     * @param notes one line for each way in which a stream cannot hold keywords as they are in the
     *     file
     */
    public record Found(List<Keyword> keywords, List<String> notes) {}

    static Found read(Header header) {
        Reading reading = new Reading();
        var cursor = header.iterator();
        while (cursor.hasNext()) {
            reading.take(cursor.next());
        }
        return reading.found();
    }

    /** Reads the cards, and notes which ones could not be taken unchanged. */
    private static final class Reading {
        private final List<Keyword> keywords = new ArrayList<>();
        private final List<String> cut = new ArrayList<>();
        private final List<String> rounded = new ArrayList<>();
        private final List<String> unreadable = new ArrayList<>();
        private final List<String> empty = new ArrayList<>();

        void take(HeaderCard card) {
            String key = card.getKey();
            boolean ours = key.toUpperCase(Locale.ROOT).startsWith(PREFIX);
            if (!ours && (key.isBlank() || isStructure(key))) {
                return;
            }
            String name = ours ? key.substring(PREFIX.length()) : withoutHierarch(key);
            String comment = card.getComment() == null ? "" : card.getComment();
            Object value = value(card, name);
            if (value != null) {
                put(name, value, comment);
            }
        }

        private void put(String name, Object value, String comment) {
            Object room = value instanceof String text ? cut(text) : value;
            Keyword keyword = new Keyword(cut(name), room, 0, comment);
            if (!keyword.name().equals(name) || !keyword.value().equals(value)) {
                cut.add(name);
            }
            keywords.add(keyword);
        }

        /** Returns the value of a card; null if it has none, as in a line of text. */
        private @Nullable Object value(HeaderCard card, String name) {
            String text = card.getValue();
            if (card.isStringValue()) {
                return text == null ? "" : text;
            }
            if (text == null || text.isBlank()) {
                if (card.isKeyValuePair() || card.getComment() == null) {
                    empty.add(name);
                }
                return null;
            }
            if (text.equals("T") || text.equals("F")) {
                return text.equals("T") ? 1L : 0L;
            }
            BigDecimal number = StrictHeader.number(text);
            if (number == null || !Double.isFinite(number.doubleValue())) {
                unreadable.add(name);
                return text;
            }
            if (!WHOLE.matcher(text).matches()) {
                return number.doubleValue();
            }
            BigInteger whole = number.toBigIntegerExact();
            if (whole.bitLength() < Long.SIZE) {
                return whole.longValueExact();
            }
            rounded.add(name);
            return whole.doubleValue();
        }

        Found found() {
            List<String> notes = new ArrayList<>();
            note(notes, "cut to the 16 bytes that a stream's keyword has", cut);
            note(notes, "rounded, as they have more than 64 bits", rounded);
            note(notes, "kept as text, as they are neither numbers nor FITS text", unreadable);
            note(notes, "left out, as they have no value", empty);
            return new Found(List.copyOf(keywords), List.copyOf(notes));
        }

        private static void note(List<String> notes, String what, List<String> names) {
            if (!names.isEmpty()) {
                String some =
                        String.join(", ", names.subList(0, Math.min(MAX_NAMED, names.size())));
                int more = names.size() - MAX_NAMED;
                notes.add(what + ": " + some + (more > 0 ? " and " + more + " more" : ""));
            }
        }
    }

    private static String withoutHierarch(String name) {
        return name.startsWith("HIERARCH.") ? name.substring("HIERARCH.".length()) : name;
    }

    /** Cuts a text to at most 16 bytes, at a character boundary. */
    private static String cut(String text) {
        String part = text;
        while (part.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            part = part.substring(0, part.length() - 1);
        }
        return part;
    }
}
