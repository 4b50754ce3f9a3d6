package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.shmimtcp.posix.NativeMemory;

/**
 * The fields in the head of an image that never change. They distinguish it from another image in
 * the same file: older C programs re-create an image by truncating its file and writing it again.
 */
final class ImageIdentity {
    /**
     * Words of the head, with masks for the bytes that never change. The version is written last.
     */
    private static final long[][] WORDS = {
        {MetadataLayout.VERSION_OFFSET, -1},
        {MetadataLayout.NAXIS, 0xFFFF_FFFF_0000_00FFL}, // and the first size
        {MetadataLayout.SIZE + 4, -1},
        {MetadataLayout.NELEMENT, -1},
        {MetadataLayout.DATATYPE, 0xFF},
        {MetadataLayout.CREATIONTIME, -1},
        {MetadataLayout.CREATIONTIME + 8, -1},
        {MetadataLayout.INODE, -1},
        {MetadataLayout.SEM - 2, 0x0000_FFFF_FFFF_0000L}, // and the process traces
        {MetadataLayout.WRITE, 0xFFFF_FFFF_FFFF_0000L}, // keywords and ring
        {MetadataLayout.IMDATAMEMSIZE, -1},
    };

    private final long[] words = new long[WORDS.length];

    /** Takes the identity from a head that was checked. */
    ImageIdentity(MemorySegment head) {
        for (int i = 0; i < words.length; i++) {
            words[i] = word(head, i);
        }
    }

    /** Returns true if this is the head of the same image. Allocates nothing. */
    boolean isOf(MemorySegment head) {
        for (int i = 0; i < words.length; i++) {
            if (word(head, i) != words[i]) {
                return false;
            }
        }
        return true;
    }

    boolean isSameAs(ImageIdentity other) {
        return Arrays.equals(words, other.words);
    }

    private static long word(MemorySegment head, int i) {
        return NativeMemory.getLong(head, WORDS[i][0]) & WORDS[i][1];
    }
}
