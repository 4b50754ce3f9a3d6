package org.shmimtcp.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the holder of a lock in {@code /proc/locks}. */
final class FileLocks {
    private static final Path LOCKS = Path.of("/proc/locks");

    /** Matches {@code 1: FLOCK ADVISORY WRITE 1234 fe:00:56789 0 EOF}. */
    private static final Pattern LINE =
            Pattern.compile("\\d+: FLOCK +\\S+ +WRITE +(\\d+) +([0-9a-f]+:[0-9a-f]+):(\\d+) .*");

    private FileLocks() {}

    /**
     * Names the process that has locked a file: {@code shmim record (process 1234)}. The kernel
     * does not list processes of other containers.
     *
     * @param device the file's device from stat(2); some file systems show another one in {@code
     *     /proc/locks}
     * @param inode number of the file
     */
    static String holder(long device, long inode) {
        String text = "%02x:%02x".formatted(major(device), minor(device));
        String holder = "another process";
        try {
            for (String line : Files.readAllLines(LOCKS)) {
                Matcher lock = LINE.matcher(line);
                if (lock.matches() && Long.parseLong(lock.group(3)) == inode) {
                    holder = name(Integer.parseInt(lock.group(1)));
                    if (lock.group(2).equals(text)) {
                        return holder;
                    }
                }
            }
        } catch (IOException | NumberFormatException unreadable) {
            // then its name remains unknown
        }
        return holder;
    }

    private static long major(long device) {
        return (device >> 8 & 0xfff) | (device >> 32 & ~0xfffL);
    }

    private static long minor(long device) {
        return (device & 0xff) | (device >> 12 & ~0xffL);
    }

    private static String name(int pid) {
        String name = Processes.name(pid);
        return name.isEmpty() ? "process " + pid : name + " (process " + pid + ")";
    }
}
