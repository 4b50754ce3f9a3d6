package org.shmimtcp.loop;

/** Signals that mean something to us. */
final class Signals {
    private Signals() {}

    /** Calls the handler on SIGUSR1. */
    static void onUser1(Runnable handler) {
        org.jline.utils.Signals.register("USR1", handler);
    }
}
