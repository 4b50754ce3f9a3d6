package org.shmimtcp.bridge;

/** The programs on the other machine. */
public enum Peer {
    /** shmimTCP. */
    SHMIMTCP,
    /** milk's C programs of the same names. */
    MILK
}
