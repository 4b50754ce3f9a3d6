package org.shmimtcp.posix;

/**
 * Threads that do other work than the loops that start them. A thread inherits the CPUs of the one
 * that starts it: beside a loop that spins on a CPU of its own, it would hardly ever run. These may
 * use every CPU that the process may use.
 */
public final class HelperThread {
    private HelperThread() {}

    /** Starts a daemon thread. */
    public static Thread start(String name, Runnable task) {
        return Thread.ofPlatform().daemon().name(name).start(onAnyCpu(task));
    }

    /** The same work, on any CPU of the process: for the first thing that a new thread does. */
    public static Runnable onAnyCpu(Runnable task) {
        return () -> {
            RealTime.useCpusOfProcess();
            task.run();
        };
    }
}
