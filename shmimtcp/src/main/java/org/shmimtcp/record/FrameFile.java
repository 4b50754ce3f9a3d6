package org.shmimtcp.record;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.shmimtcp.fits.ImageHdu;
import org.shmimtcp.fits.ImageHeader;
import org.shmimtcp.fits.PixelCodec;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.FrameWriter;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.ClaimedFile;
import org.shmimtcp.posix.IoReason;

/** Saves one frame to a FITS file, and loads one from it. */
public final class FrameFile {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(2);

    /** The size of a piece for one write: a ByteBuffer cannot be larger than 2 GiB. */
    private static final long PIECE_BYTES = 1 << 30;

    private FrameFile() {}

    /** Creates the header's text once the frame's counters and times are known. */
    @FunctionalInterface
    public interface OriginOf {
        ImageHeader.Origin of(ImageHeader.Moment moment);
    }

    /**
     * Saves the newest frame, which is the newest slice of a circular image.
     *
     * @param replace true to replace a regular file of that name; otherwise it must not exist
     * @throws ImageException if such pixels cannot be saved, or writers leave no time for a copy
     * @throws IOException if the file exists and is not to be replaced, is not a regular file or is
     *     being written, or cannot be written
     */
    public static void save(Image image, Path file, boolean replace, OriginOf origin)
            throws IOException {
        PixelCodec codec = PixelCodec.of(image.spec().type());
        long pixels = image.spec().frameBytes() / image.spec().type().bytes();
        try (Arena arena = Arena.ofConfined();
                FrameReader reader = image.newPollingReader()) {
            MemorySegment frame = arena.allocate(pixels * codec.bytes(), 64);
            FrameCopier copier = new FrameCopier(image).to(frame, 0);
            read(image, reader, copier);
            long cnt0 = reader.cnt0();
            var moment =
                    new ImageHeader.Moment(
                            cnt0, copier.cnt1(), copier.acquiredNs(), copier.writtenNs());
            codec.toFile(frame, 0, pixels);
            byte[] header = ImageHeader.ofFrame(image.spec(), image.name(), origin.of(moment));
            try (ClaimedFile out = replace ? ClaimedFile.replace(file) : ClaimedFile.create(file)) {
                write(out, file, header, frame.asSlice(0, pixels * codec.fileBytes()));
            }
        }
    }

    private static void read(Image image, FrameReader reader, FrameCopier copier) {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (!reader.readNewestSlice(copier)) {
            if (image.isReplaced()) {
                throw new ImageException(
                        "stream '" + image.name() + "' was just replaced; try again");
            }
            if (image.cnt0() == 0) {
                throw new ImageException(
                        "stream '"
                                + image.name()
                                + "' has no frame yet: nothing was written since it was created");
            }
            if (System.nanoTime() - deadlineNs > 0) {
                if (reader.readNewest(copier)) {
                    return;
                }
                throw new ImageException(
                        "stream '"
                                + image.name()
                                + "' is being written all the time (its write flag is up): no"
                                + " complete frame could be copied");
            }
            Thread.onSpinWait();
        }
    }

    private static void write(ClaimedFile file, Path path, byte[] header, MemorySegment pixels)
            throws IOException {
        try {
            FileChannel out = file.channel();
            writeAll(out, ByteBuffer.wrap(header));
            for (long at = 0; at < pixels.byteSize(); at += PIECE_BYTES) {
                long bytes = Math.min(PIECE_BYTES, pixels.byteSize() - at);
                writeAll(out, pixels.asSlice(at, bytes).asByteBuffer());
            }
            writeAll(out, ByteBuffer.allocate(ImageHeader.padding(pixels.byteSize())));
            if (!file.isInPlace()) {
                throw new IOException("it was removed or renamed while it was written");
            }
        } catch (IOException e) {
            file.remove(); // part of a file is worse than none
            throw new FileSystemException(
                    path.toString(), null, "it cannot be written: " + IoReason.of(e));
        }
    }

    private static void writeAll(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    /**
     * Publishes the file's image as one frame.
     *
     * @param image a stream of the same shape and type
     * @throws IOException if the file cannot be read
     */
    public static void load(ImageHdu file, Image image) throws IOException {
        FrameWriter writer = image.newWriter();
        PixelCodec codec = file.codec();
        long pixels = image.spec().shape().pixels();
        try (Arena arena = Arena.ofConfined();
                FileChannel in = FileChannel.open(file.file(), StandardOpenOption.READ)) {
            MemorySegment frame = arena.allocate(pixels * codec.bytes(), 64);
            long bytes = pixels * codec.fileBytes();
            for (long at = 0; at < bytes; at += PIECE_BYTES) {
                ByteBuffer piece =
                        frame.asSlice(at, Math.min(PIECE_BYTES, bytes - at)).asByteBuffer();
                while (piece.hasRemaining()) {
                    if (in.read(piece, file.dataAt() + at + piece.position()) < 0) {
                        throw new EOFException(file.file() + " was truncated while it was read");
                    }
                }
            }
            codec.fromFile(frame, 0, pixels);
            writer.begin();
            writer.writeImage(frame, 0);
            writer.commit(image.spec().shape().slices() - 1);
        }
    }
}
