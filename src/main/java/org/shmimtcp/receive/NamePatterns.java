package org.shmimtcp.receive;

import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/** Patterns of stream names as a shell has them: {@code acc*}, {@code dm0?disp}, {@code {a,b}1}. */
public final class NamePatterns {
    /** Every name. */
    public static final NamePatterns ANY = new NamePatterns(List.of());

    private final List<PathMatcher> matchers;

    private NamePatterns(List<PathMatcher> matchers) {
        this.matchers = matchers;
    }

    /**
     * Names that match one of the patterns; any name if there are none.
     *
     * @throws IllegalArgumentException if one is no pattern, the reason as its message
     */
    public static NamePatterns of(List<String> patterns) {
        return new NamePatterns(patterns.stream().map(NamePatterns::matcher).toList());
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

    boolean matches(String name) {
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
