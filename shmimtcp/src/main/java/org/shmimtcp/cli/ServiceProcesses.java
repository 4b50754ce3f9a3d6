package org.shmimtcp.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmimtcp.log.LogFormat;
import org.shmimtcp.process.Launcher;
import org.shmimtcp.site.Service;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The publishers and subscriptions of this machine, each in a process beside the links. */
final class ServiceProcesses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceProcesses.class);

    private final Map<Service, HelperProcess> running = new LinkedHashMap<>();

    /**
     * Runs exactly these services.
     *
     * @param reserved CPUs of the links
     */
    void serve(List<Service> wanted, BitSet reserved) throws IOException {
        List<Service> ending = running.keySet().stream().filter(s -> !wanted.contains(s)).toList();
        ending.forEach(this::end);
        for (Service service : wanted) {
            if (!running.containsKey(service)) {
                running.put(
                        service, new HelperProcess(service.title(), command(service), reserved));
            }
        }
        if (!wanted.isEmpty() || !ending.isEmpty()) {
            LOG.info("serving {} publishers and subscriptions", wanted.size());
        }
    }

    private static List<String> command(Service service) throws IOException {
        List<String> command = new ArrayList<>(List.of(Launcher.path("shmim")));
        List<String> arguments = service.arguments();
        command.add(arguments.getFirst());
        command.add(UntilStdinEnds.NAME);
        if (LogFormat.current() == LogFormat.JSON) {
            command.add("--log-format=json");
        }
        command.addAll(arguments.subList(1, arguments.size()));
        return command;
    }

    private void end(Service service) {
        HelperProcess process = running.remove(service);
        if (process != null) {
            process.close();
        }
    }

    /** Restarts processes that have ended. Call now and then. */
    void keepRunning(BitSet reserved) {
        running.values().forEach(process -> process.keepRunning(reserved));
    }

    /** Asks all processes to end. */
    void terminate() {
        running.values().forEach(HelperProcess::terminate);
    }

    @Override
    public void close() {
        terminate();
        running.values().forEach(HelperProcess::close);
        running.clear();
    }
}
