package org.shmimtcp.loop;

/** What is to be done when the process is ended by a signal. */
public final class ShutdownHooks {
    private ShutdownHooks() {}

    /** Adds a hook; false if the process is ending already, and the hook will not run. */
    public static boolean add(Thread hook) {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            return true;
        } catch (IllegalStateException ending) {
            return false;
        }
    }
}
