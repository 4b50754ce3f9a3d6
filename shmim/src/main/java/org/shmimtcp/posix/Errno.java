package org.shmimtcp.posix;

import java.util.Map;

/** Error numbers of Linux, from {@code include/uapi/asm-generic/errno*.h}. */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EEXIST = 17;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EPIPE = 32;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int EAFNOSUPPORT = 97;
    public static final int EADDRINUSE = 98;
    public static final int EADDRNOTAVAIL = 99;
    public static final int ENETUNREACH = 101;
    public static final int ECONNABORTED = 103;
    public static final int ECONNRESET = 104;
    public static final int ETIMEDOUT = 110;
    public static final int ECONNREFUSED = 111;
    public static final int EHOSTUNREACH = 113;
    public static final int EALREADY = 114;
    public static final int EINPROGRESS = 115;
    public static final int EDQUOT = 122;

    private static final Map<Integer, String> MESSAGES =
            Map.ofEntries(
                    Map.entry(EPERM, "operation not permitted"),
                    Map.entry(ENOMEM, "not enough memory, or a limit is reached"),
                    Map.entry(EACCES, "permission denied"),
                    Map.entry(EFAULT, "memory behind the mapping is gone"),
                    Map.entry(ENOTDIR, "a part of its path is not a directory"),
                    Map.entry(EINVAL, "invalid argument"),
                    Map.entry(ENFILE, "too many files are open on this machine"),
                    Map.entry(EMFILE, "this process has too many files open"),
                    Map.entry(ENOSPC, "no space left on the disk"),
                    Map.entry(EROFS, "the file system is read-only"),
                    Map.entry(ENAMETOOLONG, "its name is too long"),
                    Map.entry(ENOENT, "no such file or directory"),
                    Map.entry(EEXIST, "the file already exists"),
                    Map.entry(EISDIR, "it is a directory"),
                    Map.entry(ENOTEMPTY, "the directory is not empty"),
                    Map.entry(ELOOP, "it is a symbolic link: remove it"),
                    Map.entry(EDQUOT, "the disk quota is used up"),
                    Map.entry(EPIPE, "the peer closed the connection"),
                    Map.entry(EAFNOSUPPORT, "this machine has no IPv6"),
                    Map.entry(EADDRINUSE, "address already in use"),
                    Map.entry(EADDRNOTAVAIL, "this machine does not have that address"),
                    Map.entry(ENETUNREACH, "network unreachable"),
                    Map.entry(ECONNABORTED, "connection aborted"),
                    Map.entry(ECONNRESET, "the peer reset the connection"),
                    Map.entry(ETIMEDOUT, "timed out"),
                    Map.entry(ECONNREFUSED, "connection refused: no program listens there"),
                    Map.entry(EHOSTUNREACH, "host unreachable"));

    private Errno() {}

    /** Describes an error number in words. */
    public static String message(int errno) {
        return MESSAGES.getOrDefault(errno, "errno " + errno);
    }
}
