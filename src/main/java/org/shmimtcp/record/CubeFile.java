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
 * A FITS file that grows: a cube of frames, behind it the table of their counters and times.
 *
 * <p>The rows wait in a file {@code FILE.times} until the cube is complete. The header's number of
 * frames is brought up to date now and then: a file whose writer was killed can be read up to
 * there, and {@link #recover} completes it. While it is open, it is claimed for this process.
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
     * Makes the file.
     *
     * @param replace regular files of that name, and what an unfinished recording has left
     * @param header as {@link ImageHeader#ofFrames} makes it
     * @param frameAxes of one frame
     * @param frameBytes of one frame in the file
     * @throws IOException if it, or its {@code .times}, is there already and is not to be replaced,
     *     is no regular file or is being written, or if it cannot be made
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

    /** Frames in it. */
    long frames() {
        return frames;
    }

    /** Adds frames, and their rows: first the frames, so that a row always has one. */
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

    /** True if the header tells fewer frames than there are. */
    boolean isStale() {
        return framesInHeader != frames;
    }

    /** Brings the header up to date. */
    void update() throws IOException {
        ByteBuffer number = ByteBuffer.wrap(ImageHeader.patchFrames(frames));
        while (number.hasRemaining()) {
            cube.write(number, framesAt + number.position());
        }
        framesInHeader = frames;
    }

    /** True if the file was removed: what is in it will be lost. */
    boolean isRemoved() throws IOException {
        return cubeFile.isRemoved();
    }

    /** True if its name leads to it no more. */
    boolean isMoved() throws IOException {
        return !cubeFile.isInPlace();
    }

    /** Where it is now. */
    Path whereabouts() throws IOException {
        return cubeFile.whereabouts();
    }

    /** Completes the file: after this it is an ordinary one, and on the disk. */
    void finish() throws IOException {
        update();
        // What is behind the last frame is padding, and must never be taken for a frame.
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
                throw new IOException("the times of its frames were cut short");
            }
            copied += count;
        }
        pad(rowBytes);
        cube.force(true); // before its rows are gone; a broken disk may say so only now
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
     * After a write that failed: leaves as many frames as have both their pixels and their row, as
     * {@link #recover} will find them.
     *
     * @return how many
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
            // closes both, whatever happens to one of them
        }
    }

    /** True if a recording of that name was not completed, or is being made. */
    static boolean isUnfinished(Path file) {
        return Files.exists(rowsFile(file), LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Completes a file whose writer was killed.
     *
     * @return the frames in it
     * @throws IOException if it is no such file, is being written, or cannot be written
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
                throw new IOException(image.file() + " was cut short while it was read");
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
     * As many as are whole, less those at the end whose rows were never written: after a loss of
     * power, a file system may have kept the length of a file and lost its last bytes.
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
            String why = "it cannot be completed: " + IoReason.of(e) + "; make room, and try again";
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
