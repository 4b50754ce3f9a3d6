package org.shmimtcp.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.shmimtcp.testing.Project;

/** Packaged documents link only to packaged files and to existing headings. */
class DocumentLinksTest {
    private static final Path PROJECT = Project.ROOT;
    private static final Set<String> PACKAGED = Set.of("README.md", "CHANGELOG.md", "LICENSE");

    /** Matches {@code [text](target)} and {@code src="target"}, except links to other sites. */
    private static final Pattern LINK =
            Pattern.compile("\\]\\((?!https?:)([^)]+)\\)|src=\"(?!https?:)([^\"]+)\"");

    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>();
        documents.add(PROJECT.resolve("README.md"));
        documents.add(PROJECT.resolve("CHANGELOG.md"));
        try (Stream<Path> files = Files.list(PROJECT.resolve("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
        }
        return documents;
    }

    /** Returns the anchors of headings as GitHub makes them. */
    private static Set<String> anchors(Path document) throws IOException {
        return HEADING.matcher(Files.readString(document))
                .results()
                .map(heading -> heading.group(1).toLowerCase(Locale.ROOT))
                .map(text -> text.replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @Test
    void everyLinkLeadsSomewhereInThePackage() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Path document : documents()) {
            Matcher link = LINK.matcher(Files.readString(document));
            while (link.find()) {
                links++;
                String target = link.group(1) == null ? link.group(2) : link.group(1);
                if (!isThere(document, target)) {
                    broken.add(PROJECT.relativize(document) + ": " + target);
                }
            }
        }
        assertThat(links).isGreaterThan(30);
        assertThat(broken).isEmpty();
    }

    private static boolean isThere(Path document, String target) throws IOException {
        String[] parts = target.split("#", 2);
        Path file = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
        String name = PROJECT.relativize(file).toString();
        boolean packaged = PACKAGED.contains(name) || name.startsWith("docs/");
        return packaged
                && Files.exists(file)
                && (parts.length == 1 || anchors(file).contains(parts[1]));
    }
}
