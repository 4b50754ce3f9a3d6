package org.shmimtcp.record;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.shmimtcp.fits.FrameTable;
import org.shmimtcp.fits.ImageHdu;
import org.shmimtcp.fits.ImageHeader;

/**
 * A FITS file that grows: a cube of frames, behind it the table of their counters and times.
 *
 * <p>The rows wait in a file {@code FILE.times} until the cube is complete. The header's number of
 * frames is brought up to date now and then: a file whose writer was killed can be read up to
 * there, and {@link #recover} completes it.
 */
final class CubeFile implements AutoCloseable {
    private static final String ROWS_SUFFIX = ".times";

    private final Path rowsFile;
    private final FileChannel cube;
    private final FileChannel rows;
    private final long framesAt;
    private final long dataAt;
    private final long frameBytes;
    private long frames;

    private CubeFile(
            Path file, FileChannel cube, FileChannel rows, long framesAt, long dataAt, long bytes) {
        this.rowsFile = rowsFile(file);
        this.cube = cube;
        this.rows = rows;
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
     * @param header as {@link ImageHeader#ofFrames} makes it
     * @param frameAxes of one frame
     * @param frameBytes of one frame in the file
     * @throws IOException if it, or its {@code .times}, is there already, or cannot be made
     */
    static CubeFile create(Path file, byte[] header, int frameAxes, long frameBytes)
            throws IOException {
        FileChannel cube = FileChannel.open(file, CREATE_NEW, READ, WRITE);
        try {
            writeAll(cube, ByteBuffer.wrap(header));
            FileChannel rows = FileChannel.open(rowsFile(file), CREATE_NEW, READ, WRITE);
            int framesAt = ImageHeader.framesAt(header, frameAxes);
            return new CubeFile(file, cube, rows, framesAt, header.length, frameBytes);
        } catch (IOException | RuntimeException e) {
            cube.close();
            Files.delete(file);
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

    /** Brings the header up to date. */
    void update() throws IOException {
        ByteBuffer number = ByteBuffer.wrap(ImageHeader.patchFrames(frames));
        cube.write(number, framesAt);
    }

    /** Completes the file: after this it is an ordinary one. */
    void finish() throws IOException {
        update();
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
                throw new IOException(rowsFile + " is shorter than it was");
            }
            copied += count;
        }
        pad(rowBytes);
        Files.delete(rowsFile);
    }

    private void pad(long bytes) throws IOException {
        writeAll(cube, ByteBuffer.allocate(ImageHeader.padding(bytes)));
    }

    @Override
    public void close() throws IOException {
        try (cube;
                rows) {
            // closes both, whatever happens to one of them
        }
    }

    /** True if a recording of that name was not completed, or is being made. */
    static boolean isUnfinished(Path file) {
        return Files.exists(rowsFile(file));
    }

    /** Removes what an earlier recording of that name has left. */
    static void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(rowsFile(file));
    }

    /**
     * Completes a file whose writer was killed; nobody may be writing it.
     *
     * @return the frames in it
     * @throws IOException if it is no such file, or cannot be written
     */
    static long recover(Path file) throws IOException {
        if (!isUnfinished(file)) {
            throw new IOException(file + " is complete: there is no " + rowsFile(file));
        }
        ImageHdu image = ImageHdu.open(file);
        byte[] header = new byte[Math.toIntExact(image.dataAt() - image.headerAt())];
        FileChannel cube = FileChannel.open(file, READ, WRITE);
        try (CubeFile unfinished = reopen(image, cube, header)) {
            long inFile = (cube.size() - image.dataAt()) / unfinished.frameBytes;
            unfinished.frames = Math.min(inFile, unfinished.rows.size() / FrameTable.ROW_BYTES);
            unfinished.finish();
            return unfinished.frames;
        }
    }

    private static CubeFile reopen(ImageHdu image, FileChannel cube, byte[] header)
            throws IOException {
        cube.read(ByteBuffer.wrap(header), image.headerAt());
        long frameBytes = image.frameShape().pixels() * image.codec().fileBytes();
        long framesAt = image.headerAt() + ImageHeader.framesAt(header, image.axes().size() - 1);
        FileChannel rows = FileChannel.open(rowsFile(image.file()), READ, WRITE);
        return new CubeFile(image.file(), cube, rows, framesAt, image.dataAt(), frameBytes);
    }
}
