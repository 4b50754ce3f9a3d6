package org.shmimtcp.posix;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reduces the part of this process that is resident in memory. */
public final class ResidentMemory {
    private static final Path MAPS = Path.of("/proc/self/smaps");

    /** Matches a private, read-only mapping of a file: its path begins with a slash. */
    private static final Pattern FILE =
            Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r-.p \\S+ \\S+ \\S+ +/.*");

    /** Matches the amount of a mapping that differs from its file. */
    private static final Pattern CHANGED = Pattern.compile("Anonymous: +(\\d+) kB");

    private static final int MADV_DONTNEED = 4;
    private static final int MADV_NOHUGEPAGE = 15;

    private ResidentMemory() {}

    /**
     * Returns memory that only the start needed: memory that the compilers freed and the C library
     * keeps, and pages of program files, which are read back from the kernel's cache when used.
     * Takes some ten milliseconds of the calling thread. Other threads continue; a page that they
     * use returns in a microsecond.
     */
    public static void giveBack() {
        boolean locked = RealTime.isMemoryLocked();
        if (locked) {
            RealTime.unlockMemory(); // the kernel keeps locked pages
        }
        Libc.call(Libc.function("malloc_trim"), 0, 0);
        try {
            dropFiles(Files.readAllLines(MAPS));
        } catch (IOException unreadable) {
            // Then the pages stay. A process that gained privileges may not read its own smaps.
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
                // Changes made before the mapping became read-only would be lost.
                if (start != 0 && changed.group(1).equals("0")) {
                    // Otherwise one access may bring back megabytes.
                    Libc.call(madvise, start, end - start, MADV_NOHUGEPAGE);
                    Libc.call(madvise, start, end - start, MADV_DONTNEED);
                }
                start = 0;
            }
        }
    }
}
