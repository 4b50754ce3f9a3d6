package org.shmimtcp.site;

import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of numbered names: {@code dm01disp[00-11]}.
 *
 * @param digits number of digits, with leading zeros
 */
record NumberedName(String before, int first, int last, int digits, String after) {
    private static final Pattern FORM =
            Pattern.compile("([^\\[\\]]*)\\[(\\d{1,4})-(\\d{1,4})]([^\\[\\]]*)");

    /**
     * Parses a range.
     *
     * @throws IllegalArgumentException if the text is not a range
     */
    static NumberedName parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' must have a range of numbers, as in dm01disp[00-11]");
        }
        int first = Integer.parseInt(form.group(2));
        int last = Integer.parseInt(form.group(3));
        int digits = form.group(2).length();
        if (form.group(3).length() != digits || last < first) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "': both numbers of a range need the same number of digits, the"
                            + " smaller first");
        }
        return new NumberedName(form.group(1), first, last, digits, form.group(4));
    }

    String of(int number) {
        return before + String.format(Locale.ROOT, "%0" + digits + "d", number) + after;
    }

    /**
     * Returns the number in a name of this form; empty if the name has another form, or its number
     * is out of range.
     */
    OptionalInt numberIn(String name) {
        Matcher form =
                Pattern.compile(
                                Pattern.quote(before)
                                        + "(\\d{"
                                        + digits
                                        + "})"
                                        + Pattern.quote(after))
                        .matcher(name);
        if (!form.matches()) {
            return OptionalInt.empty();
        }
        int number = Integer.parseInt(form.group(1));
        return number < first || number > last ? OptionalInt.empty() : OptionalInt.of(number);
    }

    @Override
    public String toString() {
        return of(first) + " to " + of(last);
    }
}
