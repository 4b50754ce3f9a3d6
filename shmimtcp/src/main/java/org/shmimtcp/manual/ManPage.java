package org.shmimtcp.manual;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.shmimtcp.cli.Commands;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The man page of a command, made from its help, in the {@code man(7)} format. picocli's own
 * generator needs AsciiDoc, whose processor is larger than this program with all its libraries.
 */
final class ManPage {
    private final String title;
    private final CommandSpec command;
    private final StringBuilder out = new StringBuilder();

    ManPage(String title, CommandSpec command) {
        this.title = title;
        this.command = command;
    }

    String write(String version, String date) {
        out.append(
                ".TH \"%s\" 1 \"%s\" \"shmimTCP %s\" \"shmimTCP\"\n"
                        .formatted(title.toUpperCase(Locale.ROOT), date, version));
        out.append(".nh\n.ad l\n"); // as in the help: no hyphens in names, no wide gaps
        section("NAME");
        String summary = Commands.summary(command).replaceAll("\\.\\s*$", "");
        out.append(escape(title)).append(" \\- ").append(escape(summary)).append('\n');
        section("SYNOPSIS");
        verbatim(synopsis());
        section("DESCRIPTION");
        text(command.usageMessage().description());
        arguments();
        options();
        subcommands();
        section("EXIT STATUS");
        command.usageMessage()
                .exitCodeList()
                .forEach((code, meaning) -> tagged(code, List.of(meaning)));
        text(command.usageMessage().footer());
        section("SEE ALSO");
        out.append(title.equals("shmim") ? "" : "shmim(1), ");
        out.append("the documents in /usr/share/doc/shmimtcp\n");
        return out.toString();
    }

    private List<String> synopsis() {
        Help help = new Help(command, Help.defaultColorScheme(Help.Ansi.OFF));
        String text = help.synopsis(0).strip();
        return text.lines().toList();
    }

    private void arguments() {
        var arguments = command.positionalParameters();
        if (!arguments.isEmpty()) {
            section("ARGUMENTS");
            arguments.forEach(a -> tagged(a.paramLabel(), description(a)));
        }
    }

    private void options() {
        section("OPTIONS");
        for (OptionSpec option : command.options()) {
            if (!option.hidden()) {
                String label = option.arity().max() > 0 ? " " + option.paramLabel() : "";
                tagged(String.join(", ", option.names()) + label, description(option));
            }
        }
    }

    /** Returns the description with its variables resolved. */
    private static List<String> description(ArgSpec argument) {
        List<String> lines = new ArrayList<>();
        String candidates = "";
        if (argument.completionCandidates() != null) {
            candidates = String.join(", ", argument.completionCandidates());
        }
        for (String line : argument.description()) {
            lines.add(
                    line.replace("${DEFAULT-VALUE}", String.valueOf(initial(argument)))
                            .replace("${COMPLETION-CANDIDATES}", candidates)
                            .replace("%n", "\n")
                            .replace("%%", "%"));
        }
        return lines;
    }

    private static String initial(ArgSpec argument) {
        String text = argument.defaultValueString(true);
        return text == null ? "" : text;
    }

    private void subcommands() {
        if (command.subcommands().isEmpty()) {
            return;
        }
        section("COMMANDS");
        for (Commands.Task task : Commands.Task.values()) {
            out.append(".SS ").append(escape(task.title())).append('\n');
            command.subcommands()
                    .forEach((name, sub) -> {
                        if (!name.equals("help") && Commands.task(name) == task) {
                            String page = Commands.isProgram(name) ? name : title + "-" + name;
                            String does = Commands.summary(sub.getCommandSpec());
                            tagged(page + "(1)", List.of(does));
                        }
                    });
        }
    }

    private void section(String name) {
        out.append(".SH ").append(name).append('\n');
    }

    private void tagged(String tag, List<String> lines) {
        out.append(".TP\n\\fB").append(escape(tag)).append("\\fR\n");
        lines.forEach(line -> out.append(escape(line)).append('\n'));
    }

    /** Appends paragraphs. A line that is indented or ends in a colon is kept as it is. */
    private void text(String... lines) {
        List<String> block = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("  ")) {
                block.add(line);
                continue;
            }
            verbatim(block);
            block.clear();
            if (line.isEmpty()) {
                out.append(".PP\n");
            } else if (line.endsWith(":") && !line.contains(" ")) {
                section(line.substring(0, line.length() - 1).toUpperCase(Locale.ROOT));
            } else {
                out.append(escape(line)).append('\n');
            }
        }
        verbatim(block);
    }

    private void verbatim(List<String> lines) {
        if (!lines.isEmpty()) {
            out.append(".nf\n");
            lines.forEach(line -> out.append(escape(line)).append('\n'));
            out.append(".fi\n");
        }
    }

    private static String escape(String text) {
        String safe = text.replace("\\", "\\e").replace("-", "\\-");
        return safe.startsWith(".") || safe.startsWith("'") ? "\\&" + safe : safe;
    }
}
