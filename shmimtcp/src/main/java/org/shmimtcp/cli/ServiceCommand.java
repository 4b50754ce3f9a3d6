package org.shmimtcp.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.bridge.LocalMachine;
import org.shmimtcp.bridge.Machine;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.posix.SmallFile;
import org.shmimtcp.process.Launcher;
import org.shmimtcp.process.UserError;
import org.shmimtcp.serve.ServiceUnit;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.settings.TlsSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim service}. */
@Command(
        name = "service",
        mixinStandardHelpOptions = true,
        description = {
            "Sets up systemd to run 'shmim serve' when the machine starts.",
            "",
            "The unit uses this installation, and takes the role, the directory of streams, the"
                    + " site's file and the CPU set from this command's environment. It requests"
                    + " the limits that real-time priority and locked memory require; a user's"
                    + " unit gets no more than the user is allowed."
        },
        footer = {
            "",
            "Examples:",
            "  shmim service print",
            "  MAGAOX_ROLE=ICC shmim service install",
            "  shmim service install --user camtip",
            "  shmim service install --web 8899"
        })
final class ServiceCommand implements Callable<Integer>, SettingOptions.User {
    private static final String ROOT = "root";
    private static final Path SYSTEM_UNITS = Path.of("/etc/systemd/system");
    private static final int MAX_UNIT_BYTES = 1 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    enum Verb {
        INSTALL,
        UNINSTALL,
        PRINT
    }

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "install|uninstall|print",
            description =
                    "Write the unit; stop the service and remove it; print the unit without"
                            + " writing it.")
    private Verb verb = Verb.PRINT;

    @Parameters(
            index = "1..*",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description = "Links to serve. Default: as in the site's file.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--user",
            description = "Install a user unit, in ~/.config/systemd/user. Default: a system unit.")
    private boolean user;

    @Option(
            names = "--run-as",
            paramLabel = "USER",
            description =
                    "Run as this user. Default: the owner of the streams' directory. Even root"
                            + " gets only the permissions of an ordinary user.")
    private @Nullable String runAs;

    @Option(
            names = "--web",
            paramLabel = "[ADDR:]PORT",
            description = "Where 'shmim serve' serves its web page. Default: no web page.")
    private @Nullable String web;

    @Mixin private WebOptions webOptions = new WebOptions();

    private final Context context;
    private final SettingOptions options;

    ServiceCommand(Context context) {
        this.context = context;
        this.options = new SettingOptions(context, TlsSettings.NONE.all());
    }

    @Override
    public SettingOptions settingOptions() {
        return options;
    }

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        Map<String, String> environment = System.getenv();
        List<String> arguments = new ArrayList<>(names);
        List<String> page = webOptions.besideLinks(web, options.fill(TlsSettings.NONE));
        if (!page.isEmpty()) {
            arguments.add("--web=" + page.getFirst());
            arguments.addAll(page.subList(1, page.size()));
        }
        if (user && runAs != null) {
            throw new UserError("--run-as applies to a system unit only: omit --user");
        }
        String wanted = environment.getOrDefault(ImageDirectory.VARIABLE, "");
        Path streams = wanted.isEmpty() ? context.directory().path() : Path.of(wanted);
        List<Path> directories = new ArrayList<>(List.of(streams.toAbsolutePath()));
        String processes = environment.getOrDefault(Environment.PROCESSES.variable(), "");
        if (!processes.isEmpty()) {
            directories.add(Path.of(processes).toAbsolutePath());
        }
        String as = user ? "" : runAs != null ? runAs : owner(streams);
        var place = new ServiceUnit.Place(user, as.equals(ROOT) ? "" : as, directories);
        String text = ServiceUnit.text(Launcher.path("shmim"), arguments, environment, place);
        Path file = directory(environment).resolve(ServiceUnit.NAME);
        String systemctl = user ? "systemctl --user" : "systemctl";
        switch (verb) {
            case PRINT -> out.print(text);
            case INSTALL -> {
                if (environment.getOrDefault(Environment.ROLE.variable(), "").isEmpty()) {
                    throw new UserError(
                            "this machine has no role, and the service would have none: set $"
                                    + Environment.ROLE.variable());
                }
                checkOwn(file);
                Files.createDirectories(directory(environment));
                Files.writeString(file, text);
                out.println("wrote " + file);
                if (!user) {
                    out.println("  it runs as " + as + "; --run-as USER for another user");
                }
                reload(systemctl + " daemon-reload");
                out.println(
                        "  start it, now and at every boot:     "
                                + systemctl
                                + " enable --now shmimtcp");
                out.println(
                        "  read the site's file again:          " + systemctl + " reload shmimtcp");
            }
            case UNINSTALL -> {
                if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
                    throw new UserError("there is no " + file);
                }
                checkOwn(file);
                reload(systemctl + " disable --now shmimtcp");
                Files.delete(file);
                out.println("removed " + file);
                reload(systemctl + " daemon-reload");
            }
        }
        return 0;
    }

    /**
     * Refuses to overwrite a file that this command has not written. A masked unit is a link to
     * /dev/null.
     */
    private static void checkOwn(Path file) throws IOException {
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean own =
                Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && new String(SmallFile.read(file, MAX_UNIT_BYTES), UTF_8)
                                .startsWith(ServiceUnit.FIRST_LINE);
        if (!own) {
            throw new UserError(
                    file
                            + " was not written by 'shmim service install': left alone; remove or"
                            + " rename it by hand");
        }
    }

    /**
     * Returns the user who may write there without root's permissions; root if there is no
     * directory.
     */
    private static String owner(Path streams) {
        try {
            return Files.getOwner(streams).getName();
        } catch (IOException none) {
            return ROOT;
        }
    }

    private Path directory(Map<String, String> environment) {
        if (!user) {
            return SYSTEM_UNITS;
        }
        String own = environment.getOrDefault("XDG_CONFIG_HOME", "");
        String home = environment.getOrDefault("HOME", "");
        return (own.isEmpty() ? Path.of(home, ".config") : Path.of(own)).resolve("systemd/user");
    }

    private void reload(String command) {
        Machine.Output output = new LocalMachine("").run(command, TIMEOUT);
        if (output.exitCode() != 0) {
            String said = output.text().strip().lines().findFirst().orElse("nothing");
            spec.commandLine().getErr().println("note: '" + command + "' failed: " + said);
        }
    }
}
