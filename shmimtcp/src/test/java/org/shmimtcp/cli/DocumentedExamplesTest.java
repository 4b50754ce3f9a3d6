package org.shmimtcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Shape;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.process.UserError;
import org.shmimtcp.serve.Server;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.Programs;
import org.shmimtcp.testing.Project;
import org.shmimtcp.testing.ShmDir;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;

/**
 * The examples in README.md, docs/ and the help texts: site files are served, command lines are
 * parsed.
 */
class DocumentedExamplesTest {
    private static final Path PROJECT = Project.ROOT;
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private static final Set<String> PROGRAMS =
            Set.of(
                    "shmim",
                    "shmimTCPtransmit",
                    "shmimTCPreceive",
                    "dmdispbridge",
                    "shmimTCPbridge",
                    "mk2Dim");

    /** Placeholders: {@code up|down}, {@code <session>}, {@code …}, {@code [X]}. */
    private static final Pattern PLACEHOLDER = Pattern.compile("[|<…\\[]");

    private static final Pattern TOML =
            Pattern.compile("(?m)^(\\[(hosts|channels|streams)\\.|serve =)");

    /** Where the shell sends the output of a command. */
    private static final Pattern OTHER_PROGRAM = Pattern.compile(" +(>|\\||&).*");

    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");
    private static final Pattern ASSIGNMENT = Pattern.compile("[A-Z_a-z]+=\\S*");

    /** An example and its place. */
    private record Example(String where, String text) {}

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(PROJECT.resolve("README.md")));
        try (Stream<Path> docs = Files.list(PROJECT.resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    /**
     * Returns the code blocks of a page: between fences, or indented by four; empty lines do not
     * end a block.
     */
    private static List<Example> blocks(Path page) throws IOException {
        List<Example> blocks = new ArrayList<>();
        StringBuilder block = new StringBuilder();
        boolean fenced = false;
        int number = 0;
        for (String line : Files.readAllLines(page)) {
            number++;
            boolean fence = line.startsWith("```");
            if (!fence && (fenced || line.startsWith("    ") || line.isBlank())) {
                block.append(line.strip()).append('\n');
                continue;
            }
            if (!block.toString().isBlank()) {
                blocks.add(new Example(page.getFileName() + ":" + number, block.toString()));
            }
            block.setLength(0);
            fenced ^= fence;
        }
        if (!block.toString().isBlank()) {
            blocks.add(new Example(page.getFileName() + ":" + number, block.toString()));
        }
        return blocks;
    }

    private static List<Example> siteFiles() throws IOException {
        List<Example> files = new ArrayList<>();
        for (Path page : pages()) {
            blocks(page).stream().filter(b -> TOML.matcher(b.text).find()).forEach(files::add);
        }
        return files;
    }

    /** Returns the words of a line that runs one of the programs; none for any other line. */
    private static List<String> words(String line) {
        List<String> words;
        try {
            List<List<String>> commands =
                    LineSplitter.split(OTHER_PROGRAM.matcher(line).replaceFirst(""));
            words = new ArrayList<>(commands.isEmpty() ? List.of() : commands.getFirst());
        } catch (UserError noLineOfAShell) {
            return List.of();
        }
        while (!words.isEmpty() && ASSIGNMENT.matcher(words.getFirst()).matches()) {
            words.removeFirst();
        }
        if (words.isEmpty()) {
            return words;
        }
        words.set(0, words.getFirst().replaceFirst("^bin/", ""));
        words.replaceAll(word -> word.equals("PORT") ? "8886" : word);
        boolean message = words.size() > 1 && words.get(1).endsWith(":"); // output of a program
        return PROGRAMS.contains(words.getFirst()) && !message ? words : List.of();
    }

    private static CommandLine parse(List<String> words) {
        Context context =
                new Context(
                        () -> new ImageDirectory(PROJECT),
                        new ByteArrayInputStream(new byte[0]),
                        false);
        boolean umbrella = words.getFirst().equals("shmim");
        List<String> arguments = umbrella ? words.subList(1, words.size()) : words;
        Commands.Invocation invocation = Commands.forArguments(arguments, context);
        CommandLine line = invocation.line();
        line.parseArgs(invocation.arguments().toArray(String[]::new));
        return line;
    }

    @Test
    void linesOfBlocksAreTakenByTheCommands() throws IOException {
        int tried = 0;
        for (Path page : pages()) {
            for (Example block : blocks(page)) {
                for (String line : block.text.lines().toList()) {
                    List<String> words = words(line);
                    if (!words.isEmpty()) {
                        tried++;
                        assertThat(fault(words, false)).as("%s: %s", block.where, line).isEmpty();
                    }
                }
            }
        }
        assertThat(tried).isGreaterThan(40);
    }

    @Test
    void commandsInTheTextAreTaken() throws IOException {
        int tried = 0;
        for (Path page : pages()) {
            Matcher span = SPAN.matcher(Files.readString(page).replaceAll("\\s+", " "));
            while (span.find()) {
                String line = span.group(1);
                List<String> words = words(line);
                if (!words.isEmpty() && !PLACEHOLDER.matcher(line).find()) {
                    tried++;
                    assertThat(fault(words, true)).as("%s: %s", page, line).isEmpty();
                }
            }
        }
        assertThat(tried).isGreaterThan(40);
    }

    @Test
    void examplesOfHelpTextsAreTaken() {
        int tried = 0;
        Context context = new Context(() -> new ImageDirectory(PROJECT), System.in, false);
        List<CommandLine> all = new ArrayList<>(Commands.programs(context).values());
        all.addAll(all.getFirst().getSubcommands().values());
        for (CommandLine command : all) {
            boolean example = false;
            for (String line : command.getCommandSpec().usageMessage().footer()) {
                example |= line.startsWith("Example");
                List<String> words = example ? words(line.strip()) : List.of();
                if (!words.isEmpty()) {
                    tried++;
                    assertThat(fault(words, false)).as("%s", line).isEmpty();
                }
            }
        }
        assertThat(tried).isGreaterThan(20);
    }

    /** Returns what is wrong with a line. A command that is only mentioned needs no parameters. */
    private static String fault(List<String> words, boolean named) {
        try {
            parse(words);
            return "";
        } catch (MissingParameterException e) {
            return named ? "" : String.valueOf(e.getMessage());
        } catch (CommandLine.ParameterException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /**
     * Serves each site file, with this machine in both roles, and checks that frames of all links
     * arrive.
     */
    @Test
    void siteFilesAreServed(@ShmDir Path dir) throws IOException {
        List<Example> files = siteFiles();
        assertThat(files).as("docs/bridges.md has one").isNotEmpty();
        for (Example file : files) {
            Path config = dir.resolve("site.toml");
            Files.writeString(config, file.text);
            serve(SiteFile.read(Map.of(Environment.CONFIG.variable(), config.toString())), dir);
        }
    }

    private static void serve(Site site, Path dir) throws IOException {
        Map<String, Host> hosts = new HashMap<>();
        Map<String, ImageDirectory> directories = new HashMap<>();
        Map<String, Server> servers = new HashMap<>();
        for (Host host : site.hosts().values()) {
            Host here = new Host(host.role(), host.name(), "127.0.0.1", host.ssh(), null, null);
            hosts.put(here.role(), here);
            ImageDirectory own = new ImageDirectory(Files.createTempDirectory(dir, "host"));
            directories.put(here.role(), own);
            servers.put(here.role(), new Server(own, null, new CpuSleepGuard(OptionalInt.empty())));
        }
        Site local =
                new Site(
                        site.origin(),
                        hosts,
                        site.families(),
                        site.streams(),
                        site.serve(),
                        site.services(),
                        site.wants(),
                        site.offer(),
                        site.alerts());
        List<Link> links = new ArrayList<>();
        for (Link link : site.chooseServed(hosts.values().iterator().next()).links()) {
            links.add(onAFreePort(link));
        }
        assertThat(links).isNotEmpty();
        try {
            servers.forEach(
                    (role, server) -> server.serve(local, local.host(role), links, List.of()));
            for (Link link : links) {
                awaitFrame(
                        link,
                        directory(directories, link.from()),
                        directory(directories, link.to()));
            }
        } finally {
            servers.values().forEach(Server::stop);
        }
    }

    private static ImageDirectory directory(Map<String, ImageDirectory> all, String role) {
        ImageDirectory directory = all.get(role);
        if (directory == null) {
            throw new AssertionError(role);
        }
        return directory;
    }

    private static Link onAFreePort(Link link) {
        return new Link(
                link.name(),
                link.stream(),
                link.from(),
                link.to(),
                link.oneOfSeveral(),
                Programs.freePort(),
                link.shape(),
                link.type(),
                link.transmit(),
                link.receive());
    }

    private static void awaitFrame(Link link, ImageDirectory from, ImageDirectory to) {
        if (link.shape() == null) {
            Image.create(from, ImageSpec.of(link.stream(), DataType.UINT16, Shape.of(8, 6)))
                    .close();
        }
        Await.until(DEADLINE, "the source of " + link.name(), () -> from.has(link.stream()));
        try (Image source = Image.open(from, link.stream());
                Arena arena = Arena.ofConfined()) {
            FrameWriter writer = source.newWriter();
            MemorySegment frame = arena.allocate(source.spec().sliceBytes());
            Await.until(
                    DEADLINE,
                    "a frame of " + link.name() + " in '" + link.copy() + "'",
                    () -> {
                        writer.publish(0, frame);
                        return to.has(link.copy()) && cnt0(to, link.copy()) > 0;
                    });
        }
    }

    private static long cnt0(ImageDirectory directory, String name) {
        try (Image copy = Image.open(directory, name)) {
            return copy.cnt0();
        }
    }
}
