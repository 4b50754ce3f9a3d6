package org.shmimtcp.manual;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.shmimtcp.cli.Commands;
import org.shmimtcp.cli.Context;
import org.shmimtcp.cli.Main;

/**
 * The help of each command as files, which the launcher prints without starting a JVM: {@code
 * NAME.txt}, and {@code NAME.ansi} for terminals.
 */
public final class HelpTexts {
    /** picocli's switch for bold and coloured text. */
    private static final String ANSI = "picocli.ansi";

    private HelpTexts() {}

    /**
     * Writes the files.
     *
     * @param args the last one is the directory, which is created
     */
    public static void main(String[] args) throws IOException {
        Path directory = Files.createDirectories(Path.of(args[args.length - 1]));
        for (Map.Entry<String, String> text : all().entrySet()) {
            Files.writeString(
                    directory.resolve(text.getKey()), text.getValue(), StandardCharsets.UTF_8);
        }
    }

    /** Returns the texts by file name. */
    static Map<String, String> all() {
        Set<String> names = new LinkedHashSet<>();
        Commands.programs(Context.ofProcess(false))
                .forEach((name, line) -> {
                    names.add(name);
                    names.addAll(line.getSubcommands().keySet());
                });
        Map<String, String> texts = new TreeMap<>();
        String before = System.getProperty(ANSI);
        try {
            for (String name : names) {
                texts.put(name + ".txt", help(name, "false"));
                texts.put(name + ".ansi", help(name, "true"));
            }
        } finally {
            if (before == null) {
                System.clearProperty(ANSI);
            } else {
                System.setProperty(ANSI, before);
            }
        }
        return texts;
    }

    private static String help(String name, String ansi) {
        System.setProperty(ANSI, ansi);
        var text = new StringWriter();
        var out = new PrintWriter(text);
        List<String> command = name.equals("shmim") ? List.of("--help") : List.of(name, "--help");
        int code = Main.run(command, Context.ofProcess(false), out, out);
        if (code != 0) {
            throw new IllegalStateException(command + " ended with " + code + ": " + text);
        }
        return text.toString();
    }
}
