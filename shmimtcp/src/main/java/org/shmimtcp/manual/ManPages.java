package org.shmimtcp.manual;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.shmimtcp.cli.Commands;
import org.shmimtcp.cli.Context;
import org.shmimtcp.cli.Main;
import org.shmimtcp.settings.Environment;

/**
 * Generates the man pages of all commands, and the other texts of the packages that follow from the
 * commands. Called by the build.
 */
public final class ManPages {
    private ManPages() {}

    /**
     * Writes all pages.
     *
     * @param args directory for the pages; version; date of the sources, for example {@code
     *     2026-01-01}
     */
    public static void main(String[] args) throws IOException {
        Path directory = Files.createDirectories(Path.of(args[0]));
        for (Map.Entry<String, String> page :
                all(Context.ofProcess(false), args[1], args[2]).entrySet()) {
            Files.writeString(
                    directory.resolve(page.getKey()), page.getValue(), StandardCharsets.UTF_8);
        }
        Files.writeString(
                directory.resolve("completion.bash"), completion(), StandardCharsets.UTF_8);
        Files.writeString(
                directory.resolve("environment"), Environment.file(), StandardCharsets.UTF_8);
    }

    private static String completion() {
        var text = new StringWriter();
        var out = new PrintWriter(text);
        Main.run(List.of("completion"), Context.ofProcess(false), out, out);
        return text.toString();
    }

    /** Returns the pages by file name, for example {@code shmim-ls.1}. */
    static Map<String, String> all(Context context, String version, String date) {
        Map<String, String> pages = new TreeMap<>();
        Commands.programs(context)
                .forEach((name, line) -> {
                    pages.put(
                            name + ".1",
                            new ManPage(name, line.getCommandSpec()).write(version, date));
                    line.getSubcommands()
                            .forEach((sub, subLine) -> {
                                if (!Commands.isProgram(sub) && !sub.equals("help")) {
                                    String title = name + "-" + sub;
                                    pages.put(
                                            title + ".1",
                                            new ManPage(title, subLine.getCommandSpec())
                                                    .write(version, date));
                                }
                            });
                });
        return pages;
    }
}
