package org.shmimtcp.process;

/** Actions to run when a signal ends the process. */
public final class ShutdownHooks {
    private ShutdownHooks() {}

    /** Adds a hook. Returns false if the process is already ending; the hook will then not run. */
    public static boolean add(Thread hook) {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            return true;
        } catch (IllegalStateException ending) {
            return false;
        }
    }
}
