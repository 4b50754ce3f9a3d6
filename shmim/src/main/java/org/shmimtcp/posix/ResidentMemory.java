package org.shmimtcp.posix;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reduces the part of this process that is resident in memory. */
public final class ResidentMemory {
    private static final Path MAPS = Path.of("/proc/self/smaps");

    /** The line with the amount of a mapping that differs from its file. */
    private static final String CHANGED = "\nAnonymous:";

    private static final String UNCHANGED = " 0 kB";

    /** The last line of a mapping. */
    private static final String LAST = "\nVmFlags:";

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
            dropFiles(Files.readString(MAPS, StandardCharsets.ISO_8859_1));
        } catch (IOException unreadable) {
            // Then the pages stay. A process that gained privileges may not read its own smaps.
        } finally {
            if (locked) {
                RealTime.lockMemory();
            }
        }
    }

    /**
     * Drops the pages of program files. The text has thousands of lines. It is searched rather than
     * taken apart, because this runs while a link's first frames arrive: line by line, with regular
     * expressions, it occupied the compilers for a tenth of a second.
     */
    private static void dropFiles(String mappings) {
        MemorySegment madvise = Libc.function("madvise");
        int at = 0;
        while (at < mappings.length()) {
            int headEnd = mappings.indexOf('\n', at);
            int changed = mappings.indexOf(CHANGED, at);
            int last = mappings.indexOf(LAST, at);
            if (headEnd < 0 || changed < 0 || last < changed) {
                return; // not the format that this kernel should have
            }
            String head = mappings.substring(at, headEnd);
            int changedEnd = mappings.indexOf('\n', changed + 1);
            // Changes made before the mapping became read-only would be lost.
            if (isProgramFile(head)
                    && mappings.startsWith(UNCHANGED, changedEnd - UNCHANGED.length())) {
                int dash = head.indexOf('-');
                long start = Long.parseUnsignedLong(head, 0, dash, 16);
                long end = Long.parseUnsignedLong(head, dash + 1, head.indexOf(' '), 16);
                // Otherwise one access may bring back megabytes.
                Libc.call(madvise, start, end - start, MADV_NOHUGEPAGE);
                Libc.call(madvise, start, end - start, MADV_DONTNEED);
            }
            int lastEnd = mappings.indexOf('\n', last + 1);
            at = lastEnd < 0 ? mappings.length() : lastEnd + 1;
        }
    }

    /** True for a private, read-only mapping of a file: its path begins with a slash. */
    private static boolean isProgramFile(String head) {
        int access = head.indexOf(' ') + 1;
        return head.startsWith("r-", access)
                && head.startsWith("p", access + 3)
                && head.indexOf('/') > 0;
    }
}
