package org.shmimtcp.posix;

/**
 * Threads that do other work than the loops that start them. A thread inherits the CPUs of the
 * thread that starts it: beside a loop that spins on its own CPU, it would hardly ever run. Helper
 * threads may use every CPU that the process may use.
 */
public final class HelperThread {
    private HelperThread() {}

    /** Starts a daemon thread. */
    public static Thread start(String name, Runnable task) {
        return Thread.ofPlatform().daemon().name(name).start(onAnyCpu(task));
    }

    /**
     * Wraps the task so that its thread first allows itself all CPUs of the process. For the first
     * task of a new thread.
     */
    public static Runnable onAnyCpu(Runnable task) {
        return () -> {
            RealTime.useCpusOfProcess();
            task.run();
        };
    }
}
