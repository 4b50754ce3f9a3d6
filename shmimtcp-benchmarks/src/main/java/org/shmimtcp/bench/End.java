package org.shmimtcp.bench;

/** Whose program an end of a pair is. */
enum End {
    NONE,
    C,
    OURS
}
