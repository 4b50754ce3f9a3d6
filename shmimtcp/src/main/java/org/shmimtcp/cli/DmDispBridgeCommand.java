package org.shmimtcp.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmimtcp.bridge.Plan;
import org.shmimtcp.process.UserError;
import org.shmimtcp.site.Host;
import org.shmimtcp.site.Link;
import org.shmimtcp.site.Site;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code dmdispbridge}. */
@Command(
        name = "dmdispbridge",
        mixinStandardHelpOptions = true,
        description = {
            "Copies channels of a deformable mirror to the machine that drives it. Run it on the"
                    + " machine that sends.",
            "",
            "For each channel: on the other machine, by ssh, shmimTCPreceive in the tmux session"
                    + " sTCPrc-<host>-<channel>; here the stream, if it is missing, and"
                    + " shmimTCPtransmit in the tmux session sTCPtx-<host>-<channel>. Then it"
                    + " checks that frames arrive. Healthy links are left alone, so it can be run"
                    + " again at any time. If a step fails, everything that it started is"
                    + " stopped."
        },
        footer = {
            "",
            "Examples:",
            "  dmdispbridge dm01disp03",
            "  dmdispbridge dm01disp03 dm00disp00-05",
            "  dmdispbridge --dry-run tweeter"
        })
final class DmDispBridgeCommand implements Callable<Integer> {
    private final Context context;

    @Mixin private BridgeOptions options;

    @Parameters(
            arity = "1..*",
            paramLabel = "CHANNEL",
            converter = StreamNameConverter.class,
            description =
                    "Channels such as dm01disp03, ranges such as dm00disp00-05, whole mirrors such"
                            + " as tweeter.")
    private List<String> channels = List.of();

    @ArgGroup private BridgeOptions.Instead instead = new BridgeOptions.Instead();

    DmDispBridgeCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Site site = options.site();
        Host here = options.here(site);
        List<Link> links = options.tell(site.choose(channels, here));
        for (Link link : links) {
            if (!link.from().equals(here.role())) {
                throw new UserError(
                        link.name()
                                + " goes from "
                                + site.host(link.from())
                                + " to "
                                + site.host(link.to())
                                + ", and this is "
                                + here
                                + ": run dmdispbridge there");
            }
        }
        Plan plan =
                instead.isDown()
                        ? options.planDown(site, here, links)
                        : options.planUp(site, here, links);
        return options.execute(plan, instead, context.directory());
    }
}
