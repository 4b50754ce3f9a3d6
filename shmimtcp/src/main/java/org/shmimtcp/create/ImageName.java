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
 * lists them. The newer form starts with modifiers, {@code @SE:} for example: {@code S} for shared
 * memory, {@code L} for the process's own memory, {@code E} for an image that must exist, {@code N}
 * for one that must not. Here the other prefixes may follow, closed by {@code >} or {@code :}.
 *
 * @param local true if the process's own memory was requested
 * @param presence whether the image must exist already
 * @param type null if not given
 * @param keywordSlots null if not given
 * @param ringSize null if not given
 */
public record ImageName(
        String name,
        boolean local,
        Presence presence,
        @Nullable DataType type,
        @Nullable Integer keywordSlots,
        @Nullable Integer ringSize) {

    /** Whether the image must exist already. */
    public enum Presence {
        EITHER,
        REQUIRED,
        FORBIDDEN
    }

    private static final Pattern MODIFIERS = Pattern.compile("@([A-Za-z]+):(.*)");

    private static final Pattern OLD_PREFIX = Pattern.compile("([^>]*)>(.*)");
    private static final Pattern NEW_PREFIX = Pattern.compile("([^>:]*)[>:](.*)");
    private static final Pattern COUNT = Pattern.compile("([kc])([0-9]{1,9})");
    private static final String KNOWN =
            "known prefixes: s> shared; tui8> tsi8> tui16> tsi16> tui32> tsi32> tui64> tsi64>"
                    + " tf16> tf32> tf64> type; k20> 20 keywords; c5> ring of 5 frames; @S:"
                    + " shared; @E: exists; @N: new";

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

    /**
     * Returns the name of a stream that is to be read, without modifiers such as {@code @SE:}. Text
     * that does not start with modifiers is a plain name.
     *
     * @param plain converts the part after the modifiers to a name
     * @throws UserError if the modifiers ask for anything but a stream that exists
     */
    public static String toRead(String text, UnaryOperator<String> plain) {
        if (!MODIFIERS.matcher(text).matches()) {
            return plain.apply(text);
        }
        Parser parser = new Parser(text, plain);
        String rest = parser.modified(text);
        if (Boolean.FALSE.equals(parser.shared) || parser.presence == Presence.FORBIDDEN) {
            throw parser.error("it does not request a stream that exists");
        }
        return plain.apply(rest);
    }

    private static final class Parser {
        private final String text;
        private @Nullable Boolean shared;
        private Presence presence = Presence.EITHER;
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
                rest = modified(rest);
                prefix = NEW_PREFIX;
            }
            for (Matcher m = prefix.matcher(rest); m.matches(); m = prefix.matcher(rest)) {
                accept(m.group(1));
                rest = m.group(2);
            }
            String name = StreamName.check(plain.apply(rest));
            return new ImageName(
                    name, Boolean.FALSE.equals(shared), presence, type, keywords, ringSize);
        }

        /** Takes the modifiers in; returns what follows them. */
        private String modified(String rest) {
            Matcher modifiers = MODIFIERS.matcher(rest);
            if (!modifiers.matches()) {
                throw error("no modifiers and colon follow the '@'; " + KNOWN);
            }
            for (char letter : modifiers.group(1).toUpperCase(Locale.ROOT).toCharArray()) {
                switch (letter) {
                    case 'S' -> locate(true);
                    case 'L' -> locate(false);
                    case 'E' -> require(Presence.REQUIRED);
                    case 'N' -> require(Presence.FORBIDDEN);
                    case 'F' -> throw error("to create a stream from a file, use load");
                    default -> throw error("unknown modifier '" + letter + "'; " + KNOWN);
                }
            }
            return modifiers.group(2);
        }

        private void locate(boolean inSharedMemory) {
            if (shared != null && shared != inSharedMemory) {
                throw error("it requests both a local and a shared image");
            }
            shared = inSharedMemory;
        }

        private void require(Presence said) {
            if (presence != Presence.EITHER && presence != said) {
                throw error("it requests both an existing and a new image");
            }
            presence = said;
        }

        private void accept(String prefix) {
            Matcher count = COUNT.matcher(prefix);
            if (prefix.equals("s")) {
                locate(true);
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
