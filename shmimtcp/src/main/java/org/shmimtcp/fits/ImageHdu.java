package org.shmimtcp.fits;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import nom.tam.fits.Header;
import nom.tam.util.FitsFile;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.Shape;
import org.shmimtcp.posix.SmallFile;

/**
 * The first image in a FITS file: its properties, and where its bytes are. The pixels are not read.
 *
 * @param stream the stream name that the file states; empty if none
 * @param axes NAXIS1 first; each at least 1, but the last one may be 0 in an unfinished recording
 * @param headerAt byte offset of the header
 * @param dataAt byte offset of the first pixel
 * @param keywords for a stream
 * @param table the frames' counters and times, if the file has them
 */
public record ImageHdu(
        Path file,
        String stream,
        PixelCodec codec,
        List<Integer> axes,
        long headerAt,
        long dataAt,
        KeywordCards.Found keywords,
        @Nullable Table table) {

    private static final String MAGIC = "SIMPLE  =";
    private static final String EXTENSION = "XTENSION";
    private static final int GZIP_MAGIC = 0x1f8b;
    private static final int MAX_AXES = 4;

    /**
     * The table FRAMES.
     *
     * @param at byte offset of the first row
     */
    public record Table(long at, long rows) {}

    /**
     * Finds the image.
     *
     * @throws IOException if there is none, or no stream can hold it; the message gives the reason
     */
    public static ImageHdu open(Path file) throws IOException {
        return open(file, false);
    }

    /** Like {@link #open}, but accepts a file that has fewer pixels than its header states. */
    public static ImageHdu openUnfinished(Path file) throws IOException {
        return open(file, true);
    }

    private static ImageHdu open(Path file, boolean unfinished) throws IOException {
        checkMagic(file);
        ImageHeader.prepare();
        try (FitsFile in = new FitsFile(file.toFile(), "r")) {
            return new Search(file, in, unfinished).find();
        } catch (RuntimeException e) {
            throw StrictHeader.broken(file, String.valueOf(e.getMessage()), e);
        }
    }

    private static void checkMagic(Path file) throws IOException {
        SmallFile.checkRegular(file);
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(MAGIC.length());
        }
        if (start.length > 1 && ((start[0] & 0xFF) << 8 | (start[1] & 0xFF)) == GZIP_MAGIC) {
            throw new IOException(file + " is compressed: gunzip it first");
        }
        if (!Arrays.equals(start, MAGIC.getBytes(StandardCharsets.US_ASCII))) {
            throw new IOException(file + " is not a FITS file");
        }
    }

    /** Walks through the header-data units of a file. */
    private static final class Search {
        private final Path file;
        private final FitsFile in;
        private final boolean unfinished;
        private @Nullable ImageHdu image;

        Search(Path file, FitsFile in, boolean unfinished) {
            this.file = file;
            this.in = in;
            this.unfinished = unfinished;
        }

        ImageHdu find() throws IOException {
            long length = Files.size(file);
            long at = 0;
            while (at < length) {
                Header header = nextHeader(at);
                if (header == null) {
                    break;
                }
                long dataAt = in.getFilePointer();
                ImageHdu found = image;
                if (found != null && isFrames(header)) {
                    return found.with(new Table(dataAt, rows(header, found, dataAt, length)));
                }
                if (found == null || found.isEmpty()) {
                    ImageHdu next = imageIn(header, at, dataAt, length);
                    image = next == null || (found != null && next.isEmpty()) ? found : next;
                }
                at = dataAt + new StrictHeader(file, header).dataBytes();
            }
            ImageHdu found = image;
            if (found == null) {
                throw new IOException(file + " has no image");
            }
            if (found.axes.subList(0, found.axes.size() - 1).contains(0)) {
                throw new IOException(file + " has an image without pixels");
            }
            return found;
        }

        /**
         * Reads the next header. After the image, anything that is not a readable header ends the
         * search without an error.
         */
        private @Nullable Header nextHeader(long at) throws IOException {
            if (at > 0) {
                in.seek(at);
                byte[] start = new byte[EXTENSION.length()];
                if (in.read(start, 0, start.length) < start.length
                        || !EXTENSION.equals(new String(start, StandardCharsets.US_ASCII))) {
                    return null;
                }
            }
            in.seek(at);
            try {
                return Header.readHeader(in);
            } catch (IOException | RuntimeException e) {
                if (at == 0 || image == null) {
                    throw e;
                }
                return null;
            }
        }

        private boolean isFrames(Header header) throws IOException {
            StrictHeader values = new StrictHeader(file, header);
            return FrameTable.NAME.equals(values.text("EXTNAME"))
                    && values.text("XTENSION").equals("BINTABLE")
                    && values.axes().equals(List.of((long) FrameTable.ROW_BYTES, rows(values)));
        }

        private static long rows(StrictHeader values) throws IOException {
            return values.integer("NAXIS2").orElse(0);
        }

        private long rows(Header header, ImageHdu found, long dataAt, long length)
                throws IOException {
            StrictHeader values = new StrictHeader(file, header);
            for (int i = 1; i <= FrameTable.COLUMNS.length; i++) {
                boolean asWritten =
                        FrameTable.COLUMNS[i - 1].equals(values.text("TTYPE" + i))
                                && List.of("K", "1K").contains(values.text("TFORM" + i))
                                && values.decimal("TSCAL" + i, BigDecimal.ONE)
                                                .compareTo(BigDecimal.ONE)
                                        == 0
                                && values.decimal("TZERO" + i, BigDecimal.ZERO).signum() == 0;
                if (!asWritten) {
                    throw StrictHeader.broken(file, "its table FRAMES has other columns", null);
                }
            }
            long rows = rows(values);
            if (rows != found.axes.getLast() || rows > (length - dataAt) / FrameTable.ROW_BYTES) {
                throw StrictHeader.broken(file, "its table FRAMES does not fit its frames", null);
            }
            return rows;
        }

        private @Nullable ImageHdu imageIn(Header header, long at, long dataAt, long length)
                throws IOException {
            StrictHeader values = new StrictHeader(file, header);
            String extension = values.text("XTENSION");
            if (values.isTrue("ZIMAGE")) {
                throw new IOException(file + " is compressed: funpack it first");
            }
            List<Long> sizes = values.axes();
            if (sizes.isEmpty() || !(extension.isEmpty() || extension.equals("IMAGE"))) {
                return null;
            }
            if (values.isGroups(sizes)) {
                throw new IOException(file + " holds random groups, which are not an image");
            }
            values.checkOneArray();
            List<Integer> axes = axes(sizes);
            PixelCodec codec = codec(values);
            checkLength(axes, codec, dataAt, length);
            return new ImageHdu(
                    file,
                    values.text("SHMNAME"),
                    codec,
                    axes,
                    at,
                    dataAt,
                    KeywordCards.read(header),
                    null);
        }

        private List<Integer> axes(List<Long> sizes) throws IOException {
            List<Integer> axes = new ArrayList<>();
            for (long size : sizes) {
                if (size > Integer.MAX_VALUE) {
                    throw StrictHeader.broken(file, "its axes are too large", null);
                }
                axes.add((int) size);
            }
            if (axes.size() > MAX_AXES && !axes.contains(0)) {
                dropOnes(axes);
            }
            if (axes.size() > MAX_AXES && !axes.contains(0)) {
                throw new IOException(
                        file + " has an image of " + axes.size() + " axes: at most 4 can be taken");
            }
            return axes;
        }

        private PixelCodec codec(StrictHeader values) throws IOException {
            int bitpix = values.bitpix();
            BigDecimal zero = values.decimal("BZERO", BigDecimal.ZERO);
            double scale = values.decimal("BSCALE", BigDecimal.ONE).doubleValue();
            if (scale == 0) {
                throw StrictHeader.broken(file, "BSCALE is 0: its pixels are lost", null);
            }
            OptionalLong blank = bitpix > 0 ? values.integer("BLANK") : OptionalLong.empty();
            boolean half = DataType.HALF.letters().equals(values.text("SHMTYPE"));
            return PixelCodec.of(bitpix, zero, scale, half, blank);
        }

        private void checkLength(List<Integer> axes, PixelCodec codec, long dataAt, long length)
                throws IOException {
            try {
                long bytes = codec.fileBytes();
                for (int axis : axes) {
                    bytes = Math.multiplyExact(bytes, (long) axis);
                }
                if (Math.addExact(dataAt, bytes) > length && !unfinished) {
                    throw new IOException(
                            file
                                    + " is truncated: its image has "
                                    + bytes
                                    + " bytes, and "
                                    + Math.max(0, length - dataAt)
                                    + " are there");
                }
            } catch (ArithmeticException tooMany) {
                throw StrictHeader.broken(file, "its axes are too large", tooMany);
            }
        }
    }

    private ImageHdu with(Table newTable) {
        return new ImageHdu(file, stream, codec, axes, headerAt, dataAt, keywords, newTable);
    }

    private boolean isEmpty() {
        return axes.contains(0);
    }

    private static void dropOnes(List<Integer> axes) {
        while (axes.size() > 1 && axes.getLast() == 1) {
            axes.removeLast();
        }
    }

    /**
     * The shape of the whole image as one frame. If there are four axes, trailing axes of length 1
     * are dropped; up to three are kept, as a stream can have them.
     *
     * @throws ImageException if it has four axes, or no pixel
     */
    public Shape shape() {
        if (axes.getLast() == 0) {
            throw new ImageException(file + " has no frames");
        }
        List<Integer> sizes = new ArrayList<>(axes);
        if (sizes.size() == MAX_AXES) {
            dropOnes(sizes);
        }
        return shape(sizes, ": at a given rate, its last axis is taken as frames");
    }

    /**
     * The shape of one frame, if the last axis counts frames.
     *
     * @throws ImageException if there is only one axis
     */
    public Shape frameShape() {
        if (axes.size() < 2) {
            throw new ImageException(
                    file + " has an image of one axis: that is not a sequence of" + " frames");
        }
        return shape(axes.subList(0, axes.size() - 1), "");
    }

    private Shape shape(List<Integer> sizes, String hint) {
        return switch (sizes.size()) {
            case 1 -> Shape.of(sizes.get(0));
            case 2 -> Shape.of(sizes.get(0), sizes.get(1));
            case 3 -> Shape.of(sizes.get(0), sizes.get(1), sizes.get(2));
            default ->
                    throw new ImageException(
                            file + " has an image of 4 axes, and a stream has 3 at most" + hint);
        };
    }
}
