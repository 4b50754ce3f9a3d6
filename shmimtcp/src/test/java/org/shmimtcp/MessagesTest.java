package org.shmimtcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.shmimtcp.testing.Project;

/**
 * Messages of the packages below {@code cli} name no command-line option, because a link may be set
 * up from the site's file or by a Java program.
 */
class MessagesTest {
    private static final List<String> MODULES = List.of("shmim", "shmimtcp-link", "shmimtcp");
    private static final String SOURCES = "src/main/java/org/shmimtcp";

    private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|(?m)^\\s*//.*$");
    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
    private static final Pattern OPTION = Pattern.compile("(?<![-\\w])--[a-z]");

    /** A word of a command line that {@code bridge} or {@code demo} builds. */
    private static final Pattern ARGUMENT = Pattern.compile("--[a-z][a-z-]*");

    private static boolean mayNameOptions(Path file) {
        return file.resolveSibling("").endsWith("cli")
                || file.resolveSibling("").endsWith("settings")
                || file.endsWith("ReceiveSettings.java")
                || file.endsWith("TransmitSettings.java");
    }

    private static Stream<String> optionsIn(Path file) {
        try {
            String code = COMMENT.matcher(Files.readString(file)).replaceAll("");
            return LITERAL.matcher(code)
                    .results()
                    .map(MatchResult::group)
                    .map(literal -> literal.substring(1, literal.length() - 1))
                    .filter(text -> OPTION.matcher(text).find())
                    .filter(text -> !ARGUMENT.matcher(text).matches())
                    .map(text -> file.getFileName() + ": " + text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void onlyTheCommandLineMentionsOptions() throws IOException {
        List<String> found = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(Project.ROOT.resolve(module).resolve(SOURCES))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !mayNameOptions(file))
                        .flatMap(MessagesTest::optionsIn)
                        .forEach(found::add);
            }
        }
        assertThat(found).isEmpty();
    }
}
