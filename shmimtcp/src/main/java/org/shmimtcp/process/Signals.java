package org.shmimtcp.process;

/** Signals that this program handles. */
public final class Signals {
    private Signals() {}

    /** Calls the handler on SIGHUP, instead of ending the process. */
    public static void onHangUp(Runnable handler) {
        org.jline.utils.Signals.register("HUP", handler);
    }

    /** Calls the handler on SIGUSR1. */
    public static void onUser1(Runnable handler) {
        org.jline.utils.Signals.register("USR1", handler);
    }
}
