package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C (RFC 3720) of native memory of any size, computed at once or piece by piece. Allocates
 * nothing after it was created. Not thread-safe.
 */
public final class MemoryChecksum {
    /** A ByteBuffer holds at most 2³¹ - 1 bytes. */
    private static final int PIECE_BYTES = 1 << 30;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer[] pieces;
    private final long bytes;
    private long done;

    /**
     * Prepares checksums of a buffer, which may be larger than 2 GiB.
     *
     * @param memory native memory, accessible to the thread that computes the checksums
     */
    public MemoryChecksum(MemorySegment memory) {
        bytes = memory.byteSize();
        pieces = new ByteBuffer[(int) ((bytes + PIECE_BYTES - 1) / PIECE_BYTES)];
        for (int i = 0; i < pieces.length; i++) {
            long from = (long) i * PIECE_BYTES;
            pieces[i] = memory.asSlice(from, Math.min(PIECE_BYTES, bytes - from)).asByteBuffer();
        }
    }

    /**
     * Returns the checksum of the present content of the whole buffer.
     *
     * @return 0 to 2³² - 1
     */
    public long compute() {
        restart(0);
        through(bytes);
        return value();
    }

    /**
     * Starts another checksum.
     *
     * @param from offset of the first byte that it covers
     */
    public void restart(long from) {
        crc.reset();
        done = from;
    }

    /**
     * Adds all bytes before an offset that were not added yet. They must not change afterwards.
     *
     * @param end the offset
     */
    public void through(long end) {
        while (done < end) {
            ByteBuffer piece = pieces[(int) (done / PIECE_BYTES)];
            int from = (int) (done % PIECE_BYTES);
            int to = (int) Math.min(PIECE_BYTES, from + end - done);
            crc.update(piece.limit(to).position(from));
            done += to - from;
        }
    }

    /**
     * Returns the checksum of the bytes that were added.
     *
     * @return 0 to 2³² - 1
     */
    public long value() {
        return crc.getValue();
    }
}
