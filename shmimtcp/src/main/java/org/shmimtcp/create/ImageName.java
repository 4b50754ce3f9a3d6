package org.shmimtcp.create;

import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.process.UserError;

/**
 * An image name with prefixes, as typed at the prompt of milk and cacao.
 *
 * <p>The old form has prefixes in any order, each closed by {@code >}: {@code s>} shared, {@code
 * tf32>} type, {@code k20>} keywords, {@code c5>} ring of recent frames; milk's own help for mk2Dim
 * lists them. The newer form starts with the image's location, {@code @S:} for shared memory,
 * {@code @L:} for the process's own memory. Here the other prefixes may follow, closed by {@code >}
 * or {@code :}.
 *
 * @param shared true if shared memory was requested
 * @param type null if not given
 * @param keywordSlots null if not given
 * @param ringSize null if not given
 */
public record ImageName(
        String name,
        boolean shared,
        @Nullable DataType type,
        @Nullable Integer keywordSlots,
        @Nullable Integer ringSize) {

    private static final Pattern OLD_PREFIX = Pattern.compile("([^>]*)>(.*)");
    private static final Pattern NEW_PREFIX = Pattern.compile("([^>:]*)[>:](.*)");
    private static final Pattern COUNT = Pattern.compile("([kc])([0-9]{1,9})");
    private static final String KNOWN =
            "known prefixes: s> shared; tui8> tsi8> tui16> tsi16> tui32> tsi32> tui64> tsi64>"
                    + " tf16> tf32> tf64> type; k20> 20 keywords; c5> ring of 5 frames; @S:"
                    + " shared";

    /**
     * Parses a name.
     *
     * @throws UserError if a prefix is unknown or repeated
     * @throws org.shmimtcp.image.ImageException if the name itself is invalid
     */
    public static ImageName parse(String text) {
        return parse(text, UnaryOperator.identity());
    }

    /**
     * Parses a name typed in a shell.
     *
     * @param plain converts the part after the prefixes to a name
     */
    public static ImageName parse(String text, UnaryOperator<String> plain) {
        return new Parser(text, plain).parse();
    }

    private static final class Parser {
        private final String text;
        private @Nullable Boolean shared;
        private @Nullable DataType type;
        private @Nullable Integer keywords;
        private @Nullable Integer ringSize;

        private final UnaryOperator<String> plain;

        Parser(String text, UnaryOperator<String> plain) {
            this.text = text;
            this.plain = plain;
        }

        ImageName parse() {
            String rest = text;
            Pattern prefix = OLD_PREFIX;
            if (rest.startsWith("@")) {
                rest = location(rest);
                prefix = NEW_PREFIX;
            }
            for (Matcher m = prefix.matcher(rest); m.matches(); m = prefix.matcher(rest)) {
                accept(m.group(1));
                rest = m.group(2);
            }
            String name = StreamName.check(plain.apply(rest));
            return new ImageName(name, Boolean.TRUE.equals(shared), type, keywords, ringSize);
        }

        private String location(String rest) {
            String where = rest.substring(0, Math.min(3, rest.length())).toUpperCase(Locale.ROOT);
            shared =
                    switch (where) {
                        case "@S:" -> true;
                        case "@L:" -> false;
                        default -> throw error("'" + where + "' is not a known location");
                    };
            return rest.substring(3);
        }

        private void accept(String prefix) {
            Matcher count = COUNT.matcher(prefix);
            if (prefix.equals("s")) {
                if (Boolean.FALSE.equals(shared)) {
                    throw error("it requests both a local and a shared image");
                }
                shared = true;
            } else if (count.matches()) {
                int number = Integer.parseInt(count.group(2));
                if (count.group(1).equals("k")) {
                    keywords = once(keywords, number, "keywords");
                } else {
                    ringSize = once(ringSize, number, "ring");
                }
            } else {
                DataType said = typeOf(prefix).orElseThrow(() -> unknown(prefix));
                type = once(type, said, "type");
            }
        }

        /**
         * Returns the type for a prefix such as {@code tf32}. milk has no letters for complex
         * types; this program does.
         */
        private static Optional<DataType> typeOf(String prefix) {
            return prefix.startsWith("t") ? DataType.ofName(prefix.substring(1)) : Optional.empty();
        }

        private <T> T once(@Nullable T before, T now, String what) {
            if (before != null && !before.equals(now)) {
                throw error("it gives two different values for the " + what);
            }
            return now;
        }

        private UserError unknown(String prefix) {
            return error("unknown prefix '" + StreamName.printable(prefix) + "'; " + KNOWN);
        }

        private UserError error(String what) {
            return new UserError("image name '" + StreamName.printable(text) + "': " + what);
        }
    }

    /** Returns a request for an image of that name and shape; the default type is float32. */
    public ImageRequest request(Shape shape) {
        return new ImageRequest(
                name,
                type == null ? DataType.FLOAT : type,
                shape,
                keywordSlots,
                ringSize,
                null,
                null);
    }
}
