package org.shmimtcp.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.shmimtcp.bridge.Plan;
import org.shmimtcp.process.UserError;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmim bridge}. */
@Command(
        name = "bridge",
        mixinStandardHelpOptions = true,
        description = {
            "Sets up links between machines, in either direction, from the site's file.",
            "",
            "Each program runs in its own tmux session; other machines are reached by ssh. Healthy"
                    + " links are left alone."
        },
        footer = {
            "",
            "Examples:",
            "  shmim bridge plan",
            "  shmim bridge up camtip dm01disp03 dm00disp00-05",
            "  shmim bridge status --json"
        })
final class BridgeCommand implements Callable<Integer> {
    enum Verb {
        UP,
        DOWN,
        STATUS,
        PLAN
    }

    private final Context context;

    @Spec private CommandSpec spec;

    @Mixin private BridgeOptions options;

    @Parameters(
            index = "0",
            paramLabel = "up|down|status|plan",
            description =
                    "Start both ends and check that frames arrive; stop both ends; show their"
                            + " state (exit code 1 if a link is not healthy); print the commands"
                            + " that up would run, by machine.")
    private Verb verb = Verb.PLAN;

    @Parameters(
            index = "1..*",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description =
                    "Streams and channels of the file, ranges such as dm00disp00-05, whole mirrors"
                            + " such as tweeter. Default: those that 'serve' lists in the file,"
                            + " else its single streams.")
    private List<String> names = new ArrayList<>();

    BridgeCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Site site = options.site();
        Host here = options.here(site);
        List<Link> links =
                options.tell(names.isEmpty() ? site.chooseServed(here) : site.choose(names, here));
        if (links.isEmpty()) {
            throw new UserError(
                    "name the links: "
                            + site.origin()
                            + " has no single streams and no 'serve' list");
        }
        switch (verb) {
            case UP -> {
                return options.up(options.planUp(site, here, links), context.directory());
            }
            case DOWN -> {
                return options.down(options.planDown(site, here, links), context.directory());
            }
            case STATUS -> {
                return options.status(options.planUp(site, here, links), context.directory());
            }
            case PLAN -> {
                Plan plan = options.planUp(site, here, links);
                spec.commandLine().getOut().print(plan);
            }
        }
        return 0;
    }
}
