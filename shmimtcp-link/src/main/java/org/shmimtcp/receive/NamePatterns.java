package org.shmimtcp.receive;

import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Shell patterns for stream names: {@code acc*}, {@code dm0?disp}, {@code {a,b}1}. */
public final class NamePatterns {
    /** Every name. */
    public static final NamePatterns ANY = new NamePatterns(List.of());

    private final List<String> patterns;
    private final List<PathMatcher> matchers;
    private final @Nullable Pair pair;

    /** A stream and its copy, by exact names. */
    private record Pair(String source, String copy) {}

    private NamePatterns(List<String> patterns) {
        this.patterns = List.copyOf(patterns);
        this.matchers = patterns.stream().map(NamePatterns::matcher).toList();
        this.pair = null;
    }

    private NamePatterns(Pair pair) {
        this.patterns = List.of(pair.source);
        this.matchers = List.of();
        this.pair = pair;
    }

    /** Matches exactly one source name and one copy name; neither is a pattern. */
    public static NamePatterns exactly(String source, String copy) {
        return new NamePatterns(new Pair(source, copy));
    }

    /**
     * Matches names that fit one of the patterns; any name if there are none.
     *
     * @throws IllegalArgumentException if a pattern is invalid; its message is the reason
     */
    public static NamePatterns of(List<String> patterns) {
        return new NamePatterns(patterns);
    }

    private static PathMatcher matcher(String pattern) {
        if (pattern.isEmpty() || pattern.contains("/")) {
            throw new IllegalArgumentException(
                    "'" + pattern + "': a pattern of stream names, which have no '/', is expected");
        }
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("'" + pattern + "': " + e.getDescription(), e);
        }
    }

    /**
     * Returns the patterns for people: {@code cam*, dm01disp}, {@code *} for any name, {@code cam*
     * and 20 more} if there are many.
     *
     * @param most maximum length of what is listed
     */
    public String describe(int most) {
        if (patterns.isEmpty()) {
            return "*";
        }
        StringBuilder text = new StringBuilder(patterns.getFirst());
        for (int i = 1; i < patterns.size(); i++) {
            if (text.length() + patterns.get(i).length() + 2 > most) {
                return text + " and " + (patterns.size() - i) + " more";
            }
            text.append(", ").append(patterns.get(i));
        }
        return text.toString();
    }

    /** True if every name matches. */
    boolean isAny() {
        return pair == null && matchers.isEmpty();
    }

    /** True if a copy may have this name. */
    boolean matchesCopy(String name) {
        return pair == null ? matches(name) : pair.copy.equals(name);
    }

    /** True if a transmitter's stream may have this name. */
    public boolean matches(String name) {
        if (pair != null) {
            return pair.source.equals(name);
        }
        if (matchers.isEmpty()) {
            return true;
        }
        try {
            Path path = Path.of(name);
            return matchers.stream().anyMatch(matcher -> matcher.matches(path));
        } catch (InvalidPathException notOfThisLocale) {
            return false;
        }
    }
}
