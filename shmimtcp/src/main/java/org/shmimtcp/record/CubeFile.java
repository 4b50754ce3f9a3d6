package org.shmimtcp.record;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.shmimtcp.fits.FrameTable;
import org.shmimtcp.fits.ImageHdu;
import org.shmimtcp.fits.ImageHeader;
import org.shmimtcp.posix.ClaimedFile;
import org.shmimtcp.posix.IoReason;

/**
 * A FITS file that grows: a cube of frames, followed by the table of their counters and times.
 *
 * <p>The rows are kept in a file {@code FILE.times} until the cube is complete. The number of
 * frames in the header is updated now and then, so a file whose writer was killed can be read up to
 * there. {@link #recover} completes such a file. While the file is open, this process claims it.
 */
final class CubeFile implements AutoCloseable {
    private static final String ROWS_SUFFIX = ".times";

    private final Path file;
    private final ClaimedFile cubeFile;
    private final ClaimedFile rowsFile;
    private final FileChannel cube;
    private final FileChannel rows;
    private final long framesAt;
    private final long dataAt;
    private final long frameBytes;
    private long frames;
    private long framesInHeader;

    private CubeFile(
            Path file, ClaimedFile cube, ClaimedFile rows, long framesAt, long dataAt, long bytes) {
        this.file = file;
        this.cubeFile = cube;
        this.rowsFile = rows;
        this.cube = cube.channel();
        this.rows = rows.channel();
        this.framesAt = framesAt;
        this.dataAt = dataAt;
        this.frameBytes = bytes;
    }

    private static Path rowsFile(Path file) {
        return file.resolveSibling(file.getFileName() + ROWS_SUFFIX);
    }

    /**
     * Creates the file.
     *
     * @param replace true to replace regular files of that name, and the remains of an unfinished
     *     recording
     * @param header from {@link ImageHeader#ofFrames}
     * @param frameAxes the number of axes of one frame
     * @param frameBytes the size of one frame in the file
     * @throws IOException if the file or its {@code .times} exists and is not to be replaced, is
     *     not a regular file or is being written, or if the file cannot be created
     */
    static CubeFile create(
            Path file, boolean replace, byte[] header, int frameAxes, long frameBytes)
            throws IOException {
        ClaimedFile cube = replace ? ClaimedFile.replace(file) : ClaimedFile.create(file);
        try {
            writeAll(cube.channel(), ByteBuffer.wrap(header));
            Path times = rowsFile(file);
            ClaimedFile rows = replace ? ClaimedFile.replace(times) : ClaimedFile.create(times);
            int framesAt = ImageHeader.framesAt(header, frameAxes);
            return new CubeFile(file, cube, rows, framesAt, header.length, frameBytes);
        } catch (IOException | RuntimeException e) {
            try (cube) {
                cube.remove();
            }
            throw e;
        }
    }

    /** The number of frames in the file. */
    long frames() {
        return frames;
    }

    /** Appends frames and their rows: frames first, so that each row has its frame. */
    void append(MemorySegment pixels, MemorySegment newRows) throws IOException {
        writeAll(cube, pixels.asByteBuffer());
        writeAll(rows, newRows.asByteBuffer());
        frames += newRows.byteSize() / FrameTable.ROW_BYTES;
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Returns true if the header states fewer frames than there are. */
    boolean isStale() {
        return framesInHeader != frames;
    }

    /** Updates the number of frames in the header. */
    void update() throws IOException {
        ByteBuffer number = ByteBuffer.wrap(ImageHeader.patchFrames(frames));
        while (number.hasRemaining()) {
            cube.write(number, framesAt + number.position());
        }
        framesInHeader = frames;
    }

    /** Returns true if the file was removed: its content will be lost. */
    boolean isRemoved() throws IOException {
        return cubeFile.isRemoved();
    }

    /** Returns true if its name no longer leads to it. */
    boolean isMoved() throws IOException {
        return !cubeFile.isInPlace();
    }

    /** The present path of the file. */
    Path whereabouts() throws IOException {
        return cubeFile.whereabouts();
    }

    /** Completes the file and forces it to disk: afterwards it is an ordinary FITS file. */
    void finish() throws IOException {
        update();
        // Padding follows the last frame; it must never be taken for a frame.
        rows.truncate(frames * FrameTable.ROW_BYTES);
        long bytes = dataAt + frames * frameBytes;
        cube.truncate(bytes);
        cube.position(bytes);
        pad(frames * frameBytes);
        writeAll(cube, ByteBuffer.wrap(ImageHeader.ofTable(frames)));
        long rowBytes = frames * FrameTable.ROW_BYTES;
        rows.position(0);
        for (long copied = 0; copied < rowBytes; ) {
            long count = rows.transferTo(copied, rowBytes - copied, cube);
            if (count <= 0) {
                throw new IOException("the times of its frames were truncated");
            }
            copied += count;
        }
        pad(rowBytes);
        cube.force(true); // before its rows are removed: a disk may report an error only now
        removeRows();
    }

    private void removeRows() throws IOException {
        try {
            rowsFile.remove();
        } catch (IOException e) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "it is complete, but "
                            + rowsFile(file)
                            + " cannot be removed: "
                            + IoReason.of(e)
                            + "; remove it, or it will be taken for unfinished");
        }
    }

    private void pad(long bytes) throws IOException {
        writeAll(cube, ByteBuffer.allocate(ImageHeader.padding(bytes)));
    }

    /**
     * Restores a consistent file after a failed write: keeps the frames that have both their pixels
     * and their row, as {@link #recover} will find them.
     *
     * @return the number of frames kept
     */
    long settle() throws IOException {
        frames = wholeFrames();
        cube.truncate(dataAt + frames * frameBytes);
        rows.truncate(frames * FrameTable.ROW_BYTES);
        update();
        return frames;
    }

    private long wholeFrames() throws IOException {
        long pixels = Math.max(0, cube.size() - dataAt) / frameBytes;
        return Math.min(pixels, rows.size() / FrameTable.ROW_BYTES);
    }

    @Override
    public void close() throws IOException {
        try (cubeFile;
                rowsFile) {
            // closes both, even if closing one fails
        }
    }

    /** Returns true if a recording of that name was not completed, or is still running. */
    static boolean isUnfinished(Path file) {
        return Files.exists(rowsFile(file), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Completes a file whose writer was killed.
     *
     * @return the number of frames in it
     * @throws IOException if it is not an unfinished recording, is being written, or cannot be
     *     written
     */
    static long recover(Path file) throws IOException {
        try (ClaimedFile cube = ClaimedFile.open(file)) {
            ImageHdu image = ImageHdu.openUnfinished(file);
            if (!cube.isInPlace()) {
                throw new IOException(file + " was replaced while it was read");
            }
            if (!isUnfinished(file)) {
                throw new IOException(file + nothingToDo(image));
            }
            try (CubeFile unfinished = reopen(image, cube)) {
                unfinished.frames = unfinished.writtenFrames();
                unfinished.complete();
                return unfinished.frames;
            }
        }
    }

    private static String nothingToDo(ImageHdu image) {
        return image.table() != null
                ? " is complete"
                : " cannot be recovered: there is no "
                        + rowsFile(image.file())
                        + " with the times of its frames";
    }

    private static CubeFile reopen(ImageHdu image, ClaimedFile cube) throws IOException {
        byte[] header = new byte[Math.toIntExact(image.dataAt() - image.headerAt())];
        ByteBuffer bytes = ByteBuffer.wrap(header);
        while (bytes.hasRemaining()) {
            if (cube.channel().read(bytes, image.headerAt() + bytes.position()) < 0) {
                throw new IOException(image.file() + " was truncated while it was read");
            }
        }
        long frameBytes = image.codec().fileBytes();
        for (int axis : image.axes().subList(0, image.axes().size() - 1)) {
            frameBytes *= axis;
        }
        long framesAt = image.headerAt() + ImageHeader.framesAt(header, image.axes().size() - 1);
        ClaimedFile rows = ClaimedFile.open(rowsFile(image.file()));
        return new CubeFile(image.file(), cube, rows, framesAt, image.dataAt(), frameBytes);
    }

    /**
     * Returns the number of whole frames, without those at the end whose rows were never written:
     * after a power loss, a file system may have kept a file's length but lost its last bytes.
     */
    private long writtenFrames() throws IOException {
        ByteBuffer row = ByteBuffer.allocate(FrameTable.ROW_BYTES);
        long count = wholeFrames();
        while (count > 0) {
            row.clear();
            int read = rows.read(row, (count - 1) * FrameTable.ROW_BYTES);
            if (read == FrameTable.ROW_BYTES && !row.flip().equals(ByteBuffer.allocate(read))) {
                break;
            }
            count--;
        }
        return count;
    }

    private void complete() throws IOException {
        try {
            finish();
        } catch (FileSystemException said) {
            throw said;
        } catch (IOException e) {
            String why =
                    "it cannot be completed: "
                            + IoReason.of(e)
                            + "; free some space and try"
                            + " again";
            var failure = new FileSystemException(file.toString(), null, why);
            failure.initCause(e);
            try {
                settle();
            } catch (IOException further) {
                failure.addSuppressed(further);
            }
            throw failure;
        }
    }
}
