package org.shmimtcp.bench;

/** Whose program an end of the link is. */
enum End {
    OURS,
    C
}
