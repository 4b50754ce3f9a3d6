package org.shmimtcp.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.Shape;
import org.shmimtcp.image.StreamName;

/**
 * An image's name as people type it at the prompt of milk and cacao, with what they put before it.
 *
 * <p>The old form has prefixes in any order, each closed by {@code >}: {@code s>} shared, {@code
 * tf32>} type, {@code k20>} keywords, {@code c5>} ring of recent frames; milk's own help for mk2Dim
 * lists them. The newer one opens with where the image is, {@code @S:} for shared memory,
 * {@code @L:} for the process's own; here the other prefixes may follow it, closed by {@code >} or
 * {@code :}.
 *
 * @param shared true if shared memory was asked for
 * @param type null if not said
 * @param keywords null if not said
 * @param ringSize null if not said
 */
record ImageName(
        String name,
        boolean shared,
        @Nullable DataType type,
        @Nullable Integer keywords,
        @Nullable Integer ringSize) {

    private static final Pattern OLD_PREFIX = Pattern.compile("([^>]*)>(.*)");
    private static final Pattern NEW_PREFIX = Pattern.compile("([^>:]*)[>:](.*)");
    private static final Pattern COUNT = Pattern.compile("([kc])([0-9]{1,9})");
    private static final String KNOWN =
            "known are s> shared; tui8> tsi8> tui16> tsi16> tui32> tsi32> tui64> tsi64> tf16> tf32>"
                    + " tf64> type; k20> 20 keywords; c5> ring of 5 frames; @S: shared";

    /**
     * Takes a name apart.
     *
     * @throws UserError if a prefix is unknown, or said twice
     * @throws org.shmimtcp.image.ImageException if the name itself is none
     */
    static ImageName parse(String text) {
        return parse(text, UnaryOperator.identity());
    }

    /**
     * Takes apart what is typed in a shell.
     *
     * @param plain makes a name of what comes after the prefixes
     */
    static ImageName parse(String text, UnaryOperator<String> plain) {
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
                        default -> throw error("'" + where + "' is no place that is known here");
                    };
            return rest.substring(3);
        }

        private void accept(String prefix) {
            Matcher count = COUNT.matcher(prefix);
            if (prefix.equals("s")) {
                if (Boolean.FALSE.equals(shared)) {
                    throw error("it asks for a local and for a shared image");
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

        /** {@code tf32}; milk knows no letters for complex types, here they have some. */
        private static Optional<DataType> typeOf(String prefix) {
            return prefix.startsWith("t") ? DataType.ofName(prefix.substring(1)) : Optional.empty();
        }

        private <T> T once(@Nullable T before, T now, String what) {
            if (before != null && !before.equals(now)) {
                throw error("it says two different things about the " + what);
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

    /** The image of that name and shape; of type float32 if nothing else was said. */
    ImageRequest request(Shape shape) {
        return new ImageRequest(
                name, type == null ? DataType.FLOAT : type, shape, keywords, ringSize, null, null);
    }
}
