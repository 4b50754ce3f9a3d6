package org.shmimtcp.cli;

import java.util.Optional;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.link.LinkEnd;
import org.shmimtcp.loop.Observer;
import org.shmimtcp.procinfo.ProcessInfo;
import org.shmimtcp.settings.LinkSettings;
import org.shmimtcp.settings.Settings;
import org.shmimtcp.status.StatusFile;

/** Creates the observers that publish the state of a link end. */
final class LinkObservers {
    private LinkObservers() {}

    /** Returns milk's process list as configured; empty for none. */
    static Optional<ProcessInfo> processInfo(Settings<?> settings, ImageDirectory streams) {
        return ProcessInfo.of(settings.get(LinkSettings.PROCINFO), System.getenv(), streams);
    }

    static Observer of(
            LinkSettings<?> settings, ImageDirectory streams, LinkEnd end, String program) {
        return of(settings, streams, end, program, settings.get(LinkSettings.PRIORITY));
    }

    /**
     * @param priority SCHED_FIFO priority of its loop; 0 for none
     */
    static Observer of(
            Settings<?> settings,
            ImageDirectory streams,
            LinkEnd end,
            String program,
            int priority) {
        Observer status = new StatusFile(streams, end);
        return processInfo(settings, streams)
                .map(info -> Observer.both(status, info.show(end, program, priority)))
                .orElse(status);
    }
}
