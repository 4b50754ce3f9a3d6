package org.shmimtcp.launcher;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmimtcp.testing.Project;

/**
 * Runs the scripts in {@code bin}, most times a copy of them in a directory with made-up JDKs whose
 * {@code java} prints how it was called. The environment is empty but for what a test puts there.
 */
class LauncherIT {

    private static final Path PROJECT = Project.ROOT;
    private static final List<String> TOOLS =
            List.of("cat", "flock", "mkdir", "readlink", "sleep", "tail", "touch");

    /** Files of JVM options that the launcher names. */
    private static final List<String> OPTION_FILES =
            List.of(
                    "link-heap.args",
                    "links.args",
                    "loop.args",
                    "native.args",
                    "program.args",
                    "serve-heap.args",
                    "short.args");

    @TempDir Path dir;
    private Path root;
    private Path jar;
    private final Map<String, String> env = new HashMap<>();

    record Use(Process process, Path out, Path err) {}

    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final String ALL_TOOLS = "/usr/bin:/bin";

    record Result(int exit, String out, String err) {}

    @BeforeEach
    void copyLauncher() throws IOException {
        root = Files.createDirectories(dir.resolve("opt/shm im"));
        Path bin = Files.createDirectory(root.resolve("bin"));
        Files.copy(PROJECT.resolve("bin/shmim"), bin.resolve("shmim"));
        Files.createSymbolicLink(bin.resolve("shmimTCPreceive"), Path.of("shmim"));
        Files.createSymbolicLink(bin.resolve("mk2Dim"), Path.of("shmim"));
        String findJdk = Files.readString(PROJECT.resolve("bin/find-jdk.sh"));
        Files.writeString(
                bin.resolve("find-jdk.sh"),
                findJdk.replace("in /usr/lib/jvm/*", "in '" + dir + "'/jvm/*"));
        Path options = Files.createDirectory(bin.resolve("jvm"));
        for (String name : OPTION_FILES) {
            Files.copy(PROJECT.resolve("bin/jvm/" + name), options.resolve(name));
        }
        jar = Files.createDirectory(root.resolve("lib")).resolve("shmimtcp.jar");
        Files.createFile(jar);

        Path tools = Files.createDirectory(dir.resolve("tools"));
        for (String tool : TOOLS) {
            script(tools.resolve(tool), "exec /usr/bin/" + tool + " \"$@\"");
        }
        env.put("PATH", tools.toString());
    }

    @Test
    void javaHomeComesFirst() throws Exception {
        Path home = jdk("home", "25.0.1");
        jdk("jvm/newer", "26");
        env.put("JAVA_HOME", home.toString());

        assertThat(run("shmim").out()).startsWith(home + "/bin/java ");
    }

    @Test
    void javaOnPathComesSecond() throws Exception {
        Path onPath = jdk("somewhere", "25");
        Files.createSymbolicLink(dir.resolve("tools/java"), onPath.resolve("bin/java"));
        jdk("jvm/newer", "26");
        env.put("JAVA_HOME", jdk("home", "17.0.15").toString());

        assertThat(run("shmim").out()).startsWith(onPath + "/bin/java ");
    }

    @Test
    void newestOfTheInstalledComesLast() throws Exception {
        jdk("jvm/a", "25.0.9");
        Path newest = jdk("jvm/b", "25.0.10");
        jdk("jvm/c", "25.0.2");
        jdk("jvm/d", "9.0.4");
        Files.createDirectories(dir.resolve("jvm/e"));

        assertThat(run("shmim").out()).startsWith(newest + "/bin/java ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.8.0_392", "17.0.15", "24.0.2", "", "unknown"})
    void tooOldIsRefusedWithWhatToDo(String version) throws Exception {
        Path old = jdk("home", version);
        env.put("JAVA_HOME", old.toString());

        Result result = run("shmim");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains("needs Java 25 or newer", "JAVA_HOME=" + old, "Temurin 25")
                .contains(old + " (");
    }

    @Test
    void earlyAccessVersionIsTaken() throws Exception {
        Path early = jdk("jvm/early", "26-ea");

        assertThat(run("shmim").out()).startsWith(early + "/bin/java ");
    }

    @Test
    void linkFromElsewhereRunsTheCommandItLeadsTo() throws Exception {
        jdk("jvm/jdk", "25");
        Path link = Files.createDirectory(dir.resolve("usr")).resolve("rx");
        Files.createSymbolicLink(link, Path.of("../opt/shm im/bin/shmimTCPreceive"));

        Result result = start(List.of(link.toString(), "8886", "a  b"));

        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains("-cp " + jar + " ")
                .endsWith("org.shmimtcp.cli.Main shmimTCPreceive 8886 a  b\n");
    }

    @Test
    void onlyShortCommandsGoWithoutTheOptimizingCompiler() throws Exception {
        jdk("jvm/jdk", "25");

        assertThat(optionFiles("mk2Dim")).containsExactly("native", "program", "short");
        assertThat(optionFiles("shmim", "record")).containsExactly("native", "program");
        assertThat(optionFiles("shmimTCPreceive"))
                .containsExactly("native", "program", "links", "loop", "link-heap");
        assertThat(optionFiles("shmim", "shmimTCPtransmit"))
                .containsExactly("native", "program", "links", "loop", "link-heap");
        assertThat(optionFiles("shmim", "serve"))
                .containsExactly("native", "program", "links", "loop", "serve-heap");
    }

    /** An option that stands in two files would be changed in one of them only. */
    @Test
    void noOptionIsListedTwice() throws Exception {
        List<String> options = new ArrayList<>();
        for (String name : OPTION_FILES) {
            try (Stream<String> lines = Files.lines(PROJECT.resolve("bin/jvm").resolve(name))) {
                lines.filter(line -> line.startsWith("-")).forEach(options::add);
            }
        }
        assertThat(options).isNotEmpty().doesNotHaveDuplicates();
        String launcher = Files.readString(PROJECT.resolve("bin/shmim"));
        assertThat(options).noneMatch(launcher::contains);
        try (Stream<Path> files = Files.list(PROJECT.resolve("bin/jvm"))) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .containsExactlyInAnyOrderElementsOf(OPTION_FILES);
        }
    }

    @Test
    void aotCacheIsUsedWhereItIsNewerThanTheJar() throws Exception {
        jdk("jvm/jdk", "25");
        Path cache = root.resolve("lib/shmimtcp.aot");
        assertThat(run("shmim").out()).doesNotContain("AOTCache");

        Files.createFile(cache);
        Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
        assertThat(run("shmim").out()).contains("-XX:AOTCache=" + cache + " ");

        Files.setLastModifiedTime(cache, FileTime.from(Instant.parse("2025-01-01T00:00:00Z")));
        assertThat(run("shmim").out()).doesNotContain("AOTCache");
    }

    @Test
    void linksHaveACacheWithoutTheOtherCommandsClasses() throws Exception {
        jdk("jvm/jdk", "25");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
        Files.createFile(root.resolve("lib/shmimtcp.aot"));
        Path cache = Files.createFile(root.resolve("lib/link.aot"));

        assertThat(run("shmimTCPreceive").out()).contains("-XX:AOTCache=" + cache + " ");
        assertThat(run("shmim", "shmimTCPtransmit").out()).contains("-XX:AOTCache=" + cache + " ");
        assertThat(run("mk2Dim").out()).doesNotContain(cache.toString());
    }

    @Test
    void shortCommandsHaveACacheWithoutTheLibrariesOfOthers() throws Exception {
        jdk("jvm/jdk", "25");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
        Path all = Files.createFile(root.resolve("lib/shmimtcp.aot"));
        Path cache = Files.createFile(root.resolve("lib/short.aot"));

        for (String first : List.of("--help", "ls", "status", "info", "create")) {
            assertThat(run("shmim", first).out()).contains("-XX:AOTCache=" + cache + " ");
        }
        assertThat(run("mk2Dim").out()).contains("-XX:AOTCache=" + cache + " ");
        assertThat(run("shmim", "record").out()).contains("-XX:AOTCache=" + all + " ");
        assertThat(run("shmim").out()).contains("-XX:AOTCache=" + all + " ");
    }

    @Test
    void helpThatTheBuildWroteNeedsNoJvm() throws Exception {
        jdk("jvm/jdk", "25");
        Path help = Files.createDirectory(root.resolve("lib/help"));
        for (String name : List.of("shmim", "ls", "shmimTCPreceive", "mk2Dim")) {
            Files.writeString(help.resolve(name + ".txt"), "help of " + name + "\n");
        }
        Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));

        assertThat(run("shmim", "--help").out()).isEqualTo("help of shmim\n");
        assertThat(run("shmim", "ls", "-h").out()).isEqualTo("help of ls\n");
        assertThat(run("shmimTCPreceive", "--help").out()).isEqualTo("help of shmimTCPreceive\n");
        assertThat(run("shmim", "mk2Dim", "--help").out()).isEqualTo("help of mk2Dim\n");
        // What is not exactly that is the program's business.
        assertThat(run("shmim", "ls", "--help", "x").out()).endsWith("Main ls --help x\n");
        assertThat(run("shmim", "help/ls", "--help").out()).endsWith("Main help/ls --help\n");
        assertThat(run("shmim", "status", "--help").out()).endsWith("Main status --help\n");
        env.put("NO_COLOR", "1");
        assertThat(run("shmim", "ls", "--help").out()).endsWith("Main ls --help\n");
        env.remove("NO_COLOR");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(60)));
        assertThat(run("shmim", "ls", "--help").out()).endsWith("Main ls --help\n");
    }

    @Test
    void theHelpIsTheSameWithAndWithoutAJvm() throws Exception {
        env.put("PATH", ALL_TOOLS);
        env.put("JAVA_HOME", System.getProperty("java.home"));
        String shmim = PROJECT.resolve("bin/shmim").toString();
        for (String command : List.of("ls", "shmimTCPreceive", "serve")) {
            assertThat(PROJECT.resolve("target/app/lib/help/" + command + ".txt")).exists();
            env.remove("SHMIMTCP_JAVA_OPTS");
            String quick = start(List.of(shmim, command, "--help")).out();
            env.put("SHMIMTCP_JAVA_OPTS", "-Da=b");
            assertThat(start(List.of(shmim, command, "--help")).out()).isEqualTo(quick);
        }
    }

    /** The JVM refuses to use one cache while it makes another. */
    @Test
    void theTrainingRunOfACacheUsesNone() throws Exception {
        jdk("jvm/jdk", "25");
        Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
        Files.createFile(root.resolve("lib/shmimtcp.aot"));
        env.put("SHMIMTCP_TRAINING", "-XX:AOTCacheOutput=new.aot");

        assertThat(run("shmim").out())
                .contains("-XX:AOTCacheOutput=new.aot")
                .doesNotContain("AOTCache=");
    }

    @Test
    void everyCommandTellsTheCacheThatItUses() throws Exception {
        env.put("JAVA_HOME", System.getProperty("java.home"));
        for (String command : List.of("shmim", "shmimTCPreceive", "shmimTCPtransmit", "mk2Dim")) {
            Result result = start(List.of(PROJECT.resolve("bin/" + command).toString(), "-V"));

            String cache = command.startsWith("shmimTCP") ? "link.aot" : "short.aot";
            assertThat(result.out())
                    .endsWith("AOT cache: " + PROJECT.resolve("target/app/lib/" + cache) + "\n");
        }
    }

    /** As a second build does, which finds the caches of the first. */
    @Test
    void cachesMadeAgainAreUsed() throws Exception {
        env.put("PATH", ALL_TOOLS);
        env.put("JAVA_HOME", System.getProperty("java.home"));
        copyProgram();
        Files.copy(
                PROJECT.resolve("shmimtcp/src/main/aot/make-cache.sh"),
                root.resolve("lib/make-cache.sh"));
        copyCaches();
        Path link = root.resolve("lib/link.aot");
        Path all = root.resolve("lib/shmimtcp.aot");
        FileTime madeFirst = Files.getLastModifiedTime(all);
        Files.delete(link);
        List<String> make = List.of("sh", root.resolve("lib/make-cache.sh").toString());

        Result again = start(make, Duration.ofMinutes(3));

        assertThat(again.err()).isEmpty();
        assertThat(again.exit()).isZero();
        assertThat(Files.getLastModifiedTime(all)).as("nothing to do").isEqualTo(madeFirst);
        assertThat(run("shmimTCPreceive", "--version").out()).contains("AOT cache: " + link);
        assertThat(run("shmim", "bridge", "--version").out()).contains("AOT cache: " + all);
        assertThat(run("shmim", "--version").out())
                .contains("AOT cache: " + root.resolve("lib/short.aot"));
    }

    @Test
    void aCacheThatCannotBeMadeIsReported() throws Exception {
        env.put("PATH", ALL_TOOLS);
        jdk("jvm/jdk", "25");
        script(dir.resolve("jvm/jdk/bin/java"), "echo 'Error: no such option'; exit 1");
        Files.copy(
                PROJECT.resolve("shmimtcp/src/main/aot/make-cache.sh"),
                root.resolve("lib/make-cache.sh"));

        Result result = start(List.of("sh", root.resolve("lib/make-cache.sh").toString()));

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err())
                .contains("Error: no such option")
                .contains("link.aot was made", "short.aot was made", "shmimtcp.aot was made");
    }

    @Test
    void furtherJvmOptionsAreTaken() throws Exception {
        jdk("jvm/jdk", "25");
        env.put("SHMIMTCP_JAVA_OPTS", "-Xmx2g -Da=b");

        assertThat(run("shmim", "--help").out())
                .endsWith(" -Xmx2g -Da=b org.shmimtcp.cli.Main --help\n");
    }

    @Test
    void incompleteInstallationIsNamed() throws Exception {
        jdk("jvm/jdk", "25");
        Files.delete(jar);

        Result result = run("shmim");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains(jar + " is missing");
    }

    @Test
    void firstUseOfACloneBuildsOnce() throws Exception {
        jdk("jvm/jdk", "25");
        Files.delete(jar);
        Path built = root.resolve("target/app/lib/shmimtcp.jar");
        script(
                root.resolve("build"),
                "echo built >>\"${0%/*}/builds\"; sleep 0.2; mkdir -p \"${0%/*}/target/app/lib\"",
                "touch \"${0%/*}/target/app/lib/shmimtcp.jar\"");

        List<Use> uses =
                Stream.of("shmimTCPreceive", "mk2Dim", "shmim")
                        .map(name -> launch(List.of(bin(name))))
                        .toList();

        for (Use use : uses) {
            assertThat(finish(use, DEADLINE).out()).contains("-cp " + built + " ");
        }
        assertThat(root.resolve("builds")).hasContent("built");
    }

    @Test
    void failedBuildShowsTheEndOfItsLog() throws Exception {
        jdk("jvm/jdk", "25");
        Files.delete(jar);
        script(root.resolve("build"), "echo 'no route to the repository'; exit 7");

        Result result = run("shmim");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.err()).contains("the build failed", "no route to the repository");
        assertThat(result.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shmim", "shmimTCPtransmit", "shmimTCPreceive", "mk2Dim"})
    void packagedProgramTellsItsVersion(String command) throws Exception {
        env.put("JAVA_HOME", System.getProperty("java.home"));

        Result result =
                start(List.of(PROJECT.resolve("bin").resolve(command).toString(), "--version"));

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("shmimTCP 0.");
        assertThat(result.exit()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not a cache"})
    void unusableAotCacheIsNoNewsToTheUser(String content) throws Exception {
        env.put("JAVA_HOME", System.getProperty("java.home"));
        copyProgram();
        Path cache = root.resolve("lib/short.aot");
        Files.writeString(cache, content);

        Result result = run("shmim", "--version");

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).startsWith("shmimTCP ").contains("AOT cache: not in use");
    }

    private void copyProgram() throws IOException {
        try (Stream<Path> files = Files.list(PROJECT.resolve("target/app/lib"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".jar")).toList()) {
                Files.copy(
                        file,
                        root.resolve("lib").resolve(file.getFileName()),
                        REPLACE_EXISTING,
                        COPY_ATTRIBUTES);
            }
        }
    }

    /** Those that the build has made: they hold for the same jars elsewhere, too. */
    private void copyCaches() throws IOException {
        for (String name : List.of("link.aot", "short.aot", "shmimtcp.aot")) {
            Files.copy(
                    PROJECT.resolve("target/app/lib").resolve(name),
                    root.resolve("lib").resolve(name));
        }
    }

    /**
     * A directory that looks like a JDK; its {@code java} prints the path and the arguments it was
     * called with.
     */
    private Path jdk(String name, String version) throws IOException {
        Path home = dir.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(
                home.resolve("release"),
                "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"%s\"\nOS_NAME=\"Linux\"\n"
                        .formatted(version));
        script(home.resolve("bin/java"), "printf '%s\\n' \"$0 $*\"");
        return home;
    }

    private static void script(Path file, String... lines) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private String bin(String command) {
        return root.resolve("bin").resolve(command).toString();
    }

    /** Returns the names of the files of options with which a command starts the JVM. */
    private List<String> optionFiles(String command, String... args) throws Exception {
        return Pattern.compile("@" + Pattern.quote(root.toString()) + "/bin/jvm/(\\S+)\\.args ")
                .matcher(run(command, args).out())
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    private Result run(String command, String... args) throws Exception {
        return start(Stream.concat(Stream.of(bin(command)), Stream.of(args)).toList());
    }

    private Result start(List<String> command) throws Exception {
        return start(command, DEADLINE);
    }

    private Result start(List<String> command, Duration deadline) throws Exception {
        return finish(launch(command), deadline);
    }

    private Use launch(List<String> command) {
        try {
            Path out = Files.createTempFile(dir, "use", ".out");
            Path err = Files.createTempFile(dir, "use", ".err");
            var builder = new ProcessBuilder(command).directory(dir.toFile());
            builder.redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().clear();
            builder.environment().putAll(env);
            return new Use(builder.start(), out, err);
        } catch (IOException e) {
            throw new AssertionError("cannot start " + command, e);
        }
    }

    private static Result finish(Use use, Duration deadline) throws Exception {
        boolean ended = use.process.waitFor(deadline);
        use.process.destroyForcibly();
        Result result =
                new Result(
                        use.process.waitFor(),
                        Files.readString(use.out),
                        Files.readString(use.err));
        assertThat(ended).as("ended within %s; %s", deadline, result).isTrue();
        return result;
    }
}
