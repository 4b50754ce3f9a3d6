package org.shmimtcp.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.shmimtcp.bridge.Plan;
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
            "Sets streams up between machines, in either direction, as the site's file says.",
            "",
            "On each machine that is to send or receive, the programs run in tmux sessions of their"
                    + " own; other machines are reached by ssh. What runs already and is well is left"
                    + " alone."
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
                    "Set up and see that frames arrive; end both ends; say how they are (exit code"
                            + " 1 if not well); print the commands that up would run, machine by"
                            + " machine.")
    private Verb verb = Verb.PLAN;

    @Parameters(
            index = "1..*",
            paramLabel = "NAME",
            converter = StreamNameConverter.class,
            description =
                    "Streams and channels of the file, ranges like dm00disp00-05, whole mirrors"
                            + " like tweeter. Default: what 'serve' names there, else its single"
                            + " streams.")
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
                    "say which: "
                            + site.origin()
                            + " has no single streams and names none to serve");
        }
        switch (verb) {
            case UP -> {
                return options.up(options.planUp(site, here, links), context.directory());
            }
            case DOWN -> options.down(options.planDown(site, here, links), context.directory());
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
