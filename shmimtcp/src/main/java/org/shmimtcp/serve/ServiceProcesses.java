package org.shmimtcp.serve;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.shmimtcp.site.Service;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The publishers and subscriptions of this machine, each in a process beside the links. */
public final class ServiceProcesses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceProcesses.class);

    private final UnaryOperator<List<String>> command;
    private final Map<Service, HelperProcess> running = new LinkedHashMap<>();

    /**
     * @param command returns the command that starts a process, for the arguments of {@code shmim}
     */
    public ServiceProcesses(UnaryOperator<List<String>> command) {
        this.command = command;
    }

    /**
     * Runs exactly these services.
     *
     * @param reserved CPUs of the links
     */
    public void serve(List<Service> wanted, BitSet reserved) {
        List<Service> ending = running.keySet().stream().filter(s -> !wanted.contains(s)).toList();
        ending.forEach(this::end);
        for (Service service : wanted) {
            if (!running.containsKey(service)) {
                running.put(
                        service,
                        new HelperProcess(
                                service.title(), command.apply(service.arguments()), reserved));
            }
        }
        if (!wanted.isEmpty() || !ending.isEmpty()) {
            LOG.info("serving {} publishers and subscriptions", wanted.size());
        }
    }

    private void end(Service service) {
        HelperProcess process = running.remove(service);
        if (process != null) {
            process.close();
        }
    }

    /** Restarts processes that have ended. Call now and then. */
    public void keepRunning(BitSet reserved) {
        running.values().forEach(process -> process.keepRunning(reserved));
    }

    /** Asks all processes to end. */
    public void terminate() {
        running.values().forEach(HelperProcess::terminate);
    }

    @Override
    public void close() {
        terminate();
        running.values().forEach(HelperProcess::close);
        running.clear();
    }
}
