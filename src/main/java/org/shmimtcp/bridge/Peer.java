package org.shmimtcp.bridge;

/** What programs the other machine has. */
public enum Peer {
    /** Ours. */
    SHMIMTCP,
    /** The C programs of the same name, that of milk. */
    MILK
}
