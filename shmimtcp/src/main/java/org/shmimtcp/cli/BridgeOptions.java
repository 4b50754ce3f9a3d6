package org.shmimtcp.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.shmimtcp.bridge.Bridge;
import org.shmimtcp.bridge.BridgeException;
import org.shmimtcp.bridge.LocalMachine;
import org.shmimtcp.bridge.Peer;
import org.shmimtcp.bridge.Plan;
import org.shmimtcp.bridge.SshMachine;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.process.Launcher;
import org.shmimtcp.process.UserError;
import org.shmimtcp.settings.Environment;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import org.shmimtcp.site.SiteFile;
import org.shmimtcp.status.LinkStatuses;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Options shared by {@code dmdispbridge}, {@code shmimTCPbridge} and {@code shmim bridge}. */
final class BridgeOptions {
    private static final double MAX_TIMEOUT_S = 3600;

    /** Time for two steps that wait for an unresponsive machine, each up to its time-out. */
    private static final Duration TIME_TO_UNDO = Duration.ofSeconds(60);

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Time to wait for the first frame. Default: ${DEFAULT-VALUE}.")
    private double timeoutS = 30;

    @Option(
            names = "--peer",
            paramLabel = "WHOSE",
            description =
                    "Programs on the other machine: shmimtcp (default) or milk (the C programs of"
                            + " the same name).")
    private Peer peer = Peer.SHMIMTCP;

    @Option(
            names = "--json",
            description = "With the status: print a JSON array with one object for each end.")
    private boolean json;

    /** Actions other than setting up. */
    static final class Instead {
        @Option(names = "--down", description = "Stop both ends. The streams remain.")
        private boolean down;

        @Option(
                names = "--status",
                description = "Show the state of each link; exit code 1 if one is not healthy.")
        private boolean status;

        @Option(
                names = {"-n", "--dry-run"},
                description =
                        "Print the commands for each machine, ready to paste, and change"
                                + " nothing.")
        private boolean dryRun;

        boolean isDown() {
            return down;
        }
    }

    /**
     * Executes the requested action with a plan.
     *
     * @return exit code
     */
    int execute(Plan plan, Instead instead, ImageDirectory directory) {
        if (instead.dryRun) {
            spec.commandLine().getOut().print(plan);
            return 0;
        }
        if (instead.status) {
            return status(plan, directory);
        }
        if (instead.down) {
            return down(plan, directory);
        }
        return up(plan, directory);
    }

    Site site() {
        return SiteFile.read(System.getenv());
    }

    Host here(Site site) {
        return site.host(System.getenv(Environment.ROLE.variable()));
    }

    /** Prints the notices about a choice; returns its links. */
    List<Link> tell(Site.Choice choice) {
        PrintWriter err = spec.commandLine().getErr();
        choice.notices().forEach(notice -> err.println("note: " + notice));
        for (Link link : choice.links()) {
            if (link.oneOfSeveral()) {
                throw new UserError(
                        link.name()
                                + " goes to several machines, which only 'shmim serve' supports:"
                                + " run it on each of them");
            }
        }
        return choice.links();
    }

    Plan planUp(Site site, Host here, List<Link> links) {
        return planUp(site, here, links, Plan.Naming.BY_SENDER);
    }

    Plan planUp(Site site, Host here, List<Link> links, Plan.Naming naming) {
        for (Link link : links) {
            if (peer == Peer.MILK
                    && !link.from().equals(here.role())
                    && !link.to().equals(here.role())) {
                throw new UserError(
                        link.name()
                                + ": with --peer milk, one end must be on this machine, and it goes"
                                + " from "
                                + site.host(link.from())
                                + " to "
                                + site.host(link.to()));
            }
        }
        return Plan.up(site, here, Plan.ownName(), links, peer, naming);
    }

    Plan planDown(Site site, Host here, List<Link> links) {
        return planDown(site, here, links, Plan.Naming.BY_SENDER);
    }

    Plan planDown(Site site, Host here, List<Link> links, Plan.Naming naming) {
        return Plan.down(site, here, Plan.ownName(), links, naming);
    }

    /**
     * Sets up the links. Ctrl-C ends it in order.
     *
     * @return exit code
     */
    int up(Plan plan, ImageDirectory directory) {
        try (StopRequest stop =
                new StopRequest(TIME_TO_UNDO, "stopping: undoing what was started")) {
            try {
                bridge(plan, directory, this::print, stop).up();
                return 0;
            } catch (BridgeException e) {
                if (!stop.getAsBoolean()) {
                    throw e;
                }
                print("interrupted; links that already ran were left alone");
                return 0; // the process exits with the signal's exit code
            }
        }
    }

    /** Takes the links down; returns the exit code. */
    int down(Plan plan, ImageDirectory directory) {
        return bridge(plan, directory, this::print, () -> false).down() ? 0 : Failures.FAILED;
    }

    /** Prints a line immediately, so that the user sees the progress. */
    private void print(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }

    private Bridge bridge(
            Plan plan, ImageDirectory directory, Consumer<String> say, BooleanSupplier stopped) {
        if (!(timeoutS > 0 && timeoutS <= MAX_TIMEOUT_S)) {
            throw new ParameterException(
                    spec.commandLine(), "--timeout " + timeoutS + ": must be above 0, up to 3600");
        }
        return new Bridge(
                plan,
                directory,
                host ->
                        host.equals(plan.here())
                                ? new LocalMachine(Launcher.directory())
                                : new SshMachine(host),
                say,
                Duration.ofMillis(Math.round(1000 * timeoutS)),
                stopped);
    }

    /** Prints the status of both ends of each link; returns the exit code. */
    int status(Plan plan, ImageDirectory directory) {
        PrintWriter out = spec.commandLine().getOut();
        Consumer<String> verdicts = json ? line -> {} : out::println;
        boolean well =
                bridge(plan, directory, verdicts, () -> false)
                        .report(ends -> {
                            if (json) {
                                out.println(
                                        LinkStatuses.toJson(
                                                ends.stream().map(Bridge.End::status).toList()));
                            } else if (!ends.isEmpty()) {
                                out.print(StatusTable.of(ends));
                            }
                        });
        return well ? 0 : Failures.FAILED;
    }
}
