package org.shmimtcp.posix;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What of this process is in memory. */
public final class ResidentMemory {
    private static final Path MAPS = Path.of("/proc/self/smaps");

    /** A private mapping of a file that is not written to: its path begins with a slash. */
    private static final Pattern FILE =
            Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r-.p \\S+ \\S+ \\S+ +/.*");

    /** Pages of a file's mapping that are not the file's any more. */
    private static final Pattern CHANGED = Pattern.compile("Anonymous: +(\\d+) kB");

    private static final int MADV_DONTNEED = 4;
    private static final int MADV_NOHUGEPAGE = 15;

    private ResidentMemory() {}

    /**
     * Gives back what a start takes and the long run doesn't: what the compilers freed, which the C
     * library keeps, and pages of program files, which come back from the kernel's cache where they
     * are used. Takes some ten milliseconds of the calling thread. The others go on; a page that
     * they use comes back in a microsecond.
     */
    public static void giveBack() {
        boolean locked = RealTime.isMemoryLocked();
        if (locked) {
            RealTime.unlockMemory(); // the kernel keeps what is locked
        }
        Libc.call(Libc.function("malloc_trim"), 0, 0);
        try {
            dropFiles(Files.readAllLines(MAPS));
        } catch (IOException unreadable) {
            // Then they stay. Not everybody may look at a process that gained privileges.
        } finally {
            if (locked) {
                RealTime.lockMemory();
            }
        }
    }

    private static void dropFiles(List<String> lines) {
        MemorySegment madvise = Libc.function("madvise");
        long start = 0;
        long end = 0;
        for (String line : lines) {
            Matcher file = FILE.matcher(line);
            if (file.matches()) {
                start = Long.parseUnsignedLong(file.group(1), 16);
                end = Long.parseUnsignedLong(file.group(2), 16);
                continue;
            }
            Matcher changed = CHANGED.matcher(line);
            if (changed.matches()) {
                // What was changed before the mapping became read-only would be lost.
                if (start != 0 && changed.group(1).equals("0")) {
                    // Else one touch may bring back megabytes.
                    Libc.call(madvise, start, end - start, MADV_NOHUGEPAGE);
                    Libc.call(madvise, start, end - start, MADV_DONTNEED);
                }
                start = 0;
            }
        }
    }
}
