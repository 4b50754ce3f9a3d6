package org.shmimtcp.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.log.LogFormat;
import org.shmimtcp.loop.CpuSleepGuard;
import org.shmimtcp.offer.KeptOffering;
import org.shmimtcp.offer.OfferSettings;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.process.Launcher;
import org.shmimtcp.process.MemoryTrimmer;
import org.shmimtcp.process.Signals;
import org.shmimtcp.process.UserError;
import org.shmimtcp.serve.HelperProcess;
import org.shmimtcp.serve.Server;
import org.shmimtcp.serve.ServiceProcesses;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.ProcessSettings;
import org.shmimtcp.settings.Setting;
import org.shmimtcp.settings.TlsSettings;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Service;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteException;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.site.SiteWant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code shmim serve}. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = {
            "Runs every transmitter and receiver that the site's file assigns to this machine, in"
                    + " one process, until interrupted.",
            "",
            "Publishers and subscriptions of the file run beside them, each in a process of its"
                    + " own, the streams of [offer] are offered, and those of [want.NAME] are kept"
                    + " (unless names are given).",
            "",
            "Each link has a thread of its own; one that fails is started again and disturbs no"
                    + " other. When the file changes, and on SIGHUP, it is read again: only what"
                    + " changed is touched. A file with a mistake changes nothing. 'shmim status'"
                    + " shows all.",
            "",
            "With --web, it also runs 'shmim web' in a separate process, which has a lower"
                    + " priority than the links and stays off their CPUs. An address that other"
                    + " machines can reach requires --token-file or the --tls options. Both apply"
                    + " to the web page only: the links have theirs in the site's file."
        },
        footer = {
            "",
            "Examples:",
            "  shmim serve",
            "  shmim serve camtip tweeter",
            "  shmim serve --web 8899",
            "  shmim serve --web 0.0.0.0:8899 --token-file /etc/shmimtcp/web-token"
        })
final class ServeCommand implements Callable<Integer>, SettingOptions.User {
    /** Includes the time for the processes beside the links, which end meanwhile. */
    private static final Duration TIME_TO_STOP = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    private static final int TICK_MS = 1000 / Server.TICKS_A_SECOND;
    private static final int TICKS_PER_FILE = 4;

    private static final List<Setting<?>> SETTINGS =
            Stream.concat(ProcessSettings.DEFAULT.all().stream(), TlsSettings.NONE.all().stream())
                    .toList();

    private final Context context;
    private final SettingOptions options;
    private final ServiceProcesses services = new ServiceProcesses(ServeCommand::besideLinks);

    @Parameters(
            arity = "0..*",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description =
                    "Streams, channels, ranges, mirrors. Default: those that 'serve' lists in the"
                            + " file, else its single streams.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--web",
            paramLabel = "[ADDR:]PORT",
            description = "Where to serve the web page. Default: no web page.")
    private @Nullable String web;

    @Mixin private WebOptions webOptions = new WebOptions();

    ServeCommand(Context context) {
        this.context = context;
        this.options = new SettingOptions(context, SETTINGS);
    }

    @Override
    public SettingOptions settingOptions() {
        return options;
    }

    @Override
    public Integer call() throws IOException {
        ProcessSettings settings = options.fill(ProcessSettings.DEFAULT);
        List<String> webCommand = webCommand();
        PriorityOption.realTime(0); // checks the CPU set once, before each link does
        Server server =
                new Server(
                        context.directory(),
                        LinkObservers.processInfo(settings, context.directory()).orElse(null),
                        new CpuSleepGuard(
                                CpuSleepGuard.parse(settings.get(LinkSettings.CPU_LATENCY))));
        Semaphore hangUp = new Semaphore(0);
        KeptOffering offering =
                new KeptOffering(
                        context.directory(),
                        end ->
                                LinkObservers.of(
                                        settings, context.directory(), end, Server.PROGRAM, 0));
        HelperProcess page = null;
        try (StopRequest stop = new StopRequest(TIME_TO_STOP)) {
            Signals.onHangUp(hangUp::release);
            SiteStamp stamp = SiteStamp.take();
            MemoryTrimmer trimmer = new MemoryTrimmer(Clock.monotonicNs());
            load(server, offering);
            if (!webCommand.isEmpty()) {
                page = new HelperProcess("web page", webCommand, server.cpus());
            }
            for (int tick = 1; !stop.getAsBoolean(); tick++) {
                boolean asked = hangUp.tryAcquire(TICK_MS, TimeUnit.MILLISECONDS);
                server.tick();
                offering.tick();
                SiteStamp now = tick % TICKS_PER_FILE == 0 ? SiteStamp.take() : stamp;
                if (asked || !Objects.equals(stamp, now)) {
                    stamp = now;
                    reload(server, offering);
                }
                if (tick % Server.TICKS_A_SECOND == 0) {
                    trimmer.trimIfDue(Clock.monotonicNs());
                    if (page != null) {
                        page.keepRunning(server.cpus());
                    }
                    services.keepRunning(server.cpus());
                    offering.refresh();
                }
            }
            stop(page, offering, server); // while the signal handler waits
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stop(page, offering, server);
        }
        return 0;
    }

    private void stop(@Nullable HelperProcess page, KeptOffering offering, Server server) {
        services.terminate();
        if (page != null) {
            page.terminate();
        }
        offering.close();
        server.stop();
        services.close();
        if (page != null) {
            page.close();
        }
    }

    /** Returns the command that starts {@code shmim web}; empty to start none. */
    private List<String> webCommand() throws IOException {
        List<String> page = webOptions.besideLinks(web, options.fill(TlsSettings.NONE));
        if (page.isEmpty()) {
            return page;
        }
        List<String> arguments = new ArrayList<>(List.of("web"));
        arguments.addAll(page);
        return besideLinks(arguments);
    }

    /** Returns the command of a process that runs beside the links and ends with this one. */
    private static List<String> besideLinks(List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(Launcher.path("shmim")));
        command.add(arguments.getFirst());
        command.add(UntilStdinEnds.NAME);
        if (LogFormat.current() == LogFormat.JSON) {
            command.add("--log-format=json");
        }
        command.addAll(arguments.subList(1, arguments.size()));
        return command;
    }

    private void load(Server server, KeptOffering offering) throws IOException {
        Site site = SiteFile.read(System.getenv());
        Host here = site.host(System.getenv(Environment.ROLE.variable()));
        Site.Choice choice = names.isEmpty() ? site.chooseServed(here) : site.choose(names, here);
        choice.notices().forEach(LOG::info);
        List<Service> wanted = names.isEmpty() ? site.services(here) : List.of();
        List<SiteWant> wants = names.isEmpty() ? site.wants(here) : List.of();
        OfferSettings offer = names.isEmpty() ? site.offer(here) : OfferSettings.NOTHING;
        if (choice.links().isEmpty() && wanted.isEmpty() && wants.isEmpty() && offer.isNothing()) {
            throw new UserError(
                    site.origin() + " has no single streams and no 'serve' list; name the links");
        }
        checkPage(choice.links(), wanted, offer, here);
        server.serve(site, here, choice.links(), wants);
        services.serve(wanted, server.cpus());
        offering.serve(offer);
    }

    /** Checks that the web page does not use the port of a link or publisher. */
    private void checkPage(List<Link> links, List<Service> wanted, OfferSettings offer, Host here) {
        if (web == null) {
            return;
        }
        String port = web.substring(web.lastIndexOf(':') + 1);
        for (Link link : links) {
            if (link.to().equals(here.role()) && Integer.toString(link.port()).equals(port)) {
                throw portTaken(link.name());
            }
        }
        for (Service service : wanted) {
            if (service instanceof Service.Publish publisher
                    && Integer.toString(publisher.port()).equals(port)) {
                throw portTaken(publisher.name());
            }
        }
        if (!offer.isNothing() && Integer.toString(offer.port()).equals(port)) {
            throw portTaken("offer");
        }
    }

    private UserError portTaken(String name) {
        return new UserError(
                "--web "
                        + web
                        + ": '"
                        + name
                        + "' listens on that port: give the page another one");
    }

    private void reload(Server server, KeptOffering offering) {
        try {
            load(server, offering);
        } catch (SiteException | UserError | IOException e) {
            LOG.error("the links stay as they are: {}", e.getMessage());
        }
    }
}
