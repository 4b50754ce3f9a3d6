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
import nom.tam.fits.Header;
import nom.tam.fits.HeaderCard;
import nom.tam.util.FitsFile;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.Shape;

/**
 * The first image in a FITS file: what it is made of and where its bytes are. The pixels are not
 * read.
 *
 * @param stream the name that the file gives it; empty if none
 * @param axes NAXIS1 first; each at least 1, but the last one may be 0 in an unfinished recording
 * @param dataAt byte offset of the first pixel
 * @param headerAt byte offset of the header
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
     * @throws IOException if there is none, or one that no stream can hold; the message says why
     */
    public static ImageHdu open(Path file) throws IOException {
        checkMagic(file);
        ImageHeader.prepare();
        try (FitsFile in = new FitsFile(file.toFile(), "r")) {
            return new Search(file, in).find();
        } catch (RuntimeException e) {
            throw broken(file, String.valueOf(e.getMessage()), e);
        }
    }

    private static void checkMagic(Path file) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(MAGIC.length());
        }
        if (start.length > 1 && ((start[0] & 0xFF) << 8 | (start[1] & 0xFF)) == GZIP_MAGIC) {
            throw new IOException(file + " is compressed: gunzip it first");
        }
        if (!Arrays.equals(start, MAGIC.getBytes(StandardCharsets.US_ASCII))) {
            throw new IOException(file + " is no FITS file");
        }
    }

    private static IOException broken(Path file, String why, @Nullable Exception cause) {
        String first = why.lines().findFirst().orElse("");
        return new IOException(file + " is damaged, or no FITS file: " + first, cause);
    }

    /** Goes through the parts of a file. */
    private static final class Search {
        private final Path file;
        private final FitsFile in;
        private @Nullable ImageHdu image;

        Search(Path file, FitsFile in) {
            this.file = file;
            this.in = in;
        }

        ImageHdu find() throws IOException {
            long length = Files.size(file);
            long at = 0;
            while (at < length) {
                in.seek(at);
                Header header = nextHeader(at);
                if (header == null) {
                    break;
                }
                long dataAt = in.getFilePointer();
                ImageHdu found = image;
                if (found == null) {
                    image = imageIn(header, at, dataAt, length);
                } else if (isFrames(header)) {
                    return found.with(new Table(dataAt, rows(header, found, dataAt, length)));
                }
                at = dataAt + Math.max(0, header.getDataSize());
            }
            ImageHdu found = image;
            if (found == null) {
                throw new IOException(file + " has no image");
            }
            return found;
        }

        /** Behind the image anything may stand: it ends the search, and is not judged. */
        private @Nullable Header nextHeader(long at) throws IOException {
            try {
                return Header.readHeader(in);
            } catch (IOException | RuntimeException e) {
                if (at == 0 || image == null) {
                    throw e;
                }
                return null;
            }
        }

        private static boolean isFrames(Header header) {
            return FrameTable.NAME.equals(header.getStringValue("EXTNAME"))
                    && header.getIntValue("NAXIS1") == FrameTable.ROW_BYTES;
        }

        private long rows(Header header, ImageHdu found, long dataAt, long length)
                throws IOException {
            long rows = header.getLongValue("NAXIS2");
            for (int i = 0; i < FrameTable.COLUMNS.length; i++) {
                String column = header.getStringValue("TTYPE" + (i + 1));
                String form = header.getStringValue("TFORM" + (i + 1));
                if (!FrameTable.COLUMNS[i].equals(column)
                        || !List.of("K", "1K").contains(String.valueOf(form))) {
                    throw broken(file, "its table FRAMES has other columns", null);
                }
            }
            if (rows != found.axes.getLast() || dataAt + rows * FrameTable.ROW_BYTES > length) {
                throw broken(file, "its table FRAMES does not fit its frames", null);
            }
            return rows;
        }

        private @Nullable ImageHdu imageIn(Header header, long at, long dataAt, long length)
                throws IOException {
            String extension = header.getStringValue("XTENSION");
            if (header.getBooleanValue("ZIMAGE", false)) {
                throw new IOException(file + " is compressed: funpack it first");
            }
            int naxis = header.getIntValue("NAXIS", 0);
            if (naxis == 0 || (extension != null && !extension.strip().equals("IMAGE"))) {
                return null;
            }
            if (header.getBooleanValue("GROUPS", false)) {
                throw new IOException(file + " holds random groups, which are no image");
            }
            List<Integer> axes = axes(header, naxis);
            PixelCodec codec = codec(header);
            checkLength(axes, codec, dataAt, length);
            return new ImageHdu(
                    file,
                    header.getStringValue("SHMNAME", ""),
                    codec,
                    axes,
                    at,
                    dataAt,
                    KeywordCards.read(header),
                    null);
        }

        private List<Integer> axes(Header header, int naxis) throws IOException {
            List<Integer> axes = new ArrayList<>();
            for (int i = 1; i <= Math.min(naxis, 999); i++) {
                long size = header.getLongValue("NAXIS" + i, -1);
                if (size < 0 || size > Integer.MAX_VALUE) {
                    throw broken(file, "NAXIS" + i + " is missing or wrong", null);
                }
                axes.add((int) size);
            }
            while (axes.size() > MAX_AXES && axes.getLast() == 1) {
                axes.removeLast();
            }
            if (axes.size() > MAX_AXES) {
                throw new IOException(
                        file + " has an image of " + axes.size() + " axes: at most 4 can be taken");
            }
            if (axes.subList(0, axes.size() - 1).contains(0)) {
                throw new IOException(file + " has an image without pixels");
            }
            return axes;
        }

        private PixelCodec codec(Header header) throws IOException {
            int bitpix = header.getIntValue("BITPIX");
            HeaderCard offset = header.getCard("BZERO");
            BigDecimal zero =
                    offset == null
                            ? BigDecimal.ZERO
                            : offset.getValue(BigDecimal.class, BigDecimal.ZERO);
            double scale = header.getDoubleValue("BSCALE", 1);
            boolean half = DataType.HALF.letters().equals(header.getStringValue("SHMTYPE"));
            return PixelCodec.of(bitpix, zero, scale, half)
                    .orElseThrow(
                            () -> broken(file, "BITPIX " + bitpix + ", BSCALE " + scale, null));
        }

        private void checkLength(List<Integer> axes, PixelCodec codec, long dataAt, long length)
                throws IOException {
            try {
                long bytes = codec.fileBytes();
                for (int axis : axes) {
                    bytes = Math.multiplyExact(bytes, (long) axis);
                }
                if (Math.addExact(dataAt, bytes) > length) {
                    throw new IOException(
                            file
                                    + " is cut short: its image has "
                                    + bytes
                                    + " bytes, and "
                                    + Math.max(0, length - dataAt)
                                    + " are there");
                }
            } catch (ArithmeticException tooMany) {
                throw broken(file, "its axes are too large", tooMany);
            }
        }
    }

    private ImageHdu with(Table newTable) {
        return new ImageHdu(file, stream, codec, axes, headerAt, dataAt, keywords, newTable);
    }

    /**
     * The whole image as one frame.
     *
     * @throws ImageException if it has four axes, or no pixel
     */
    public Shape shape() {
        if (axes.getLast() == 0) {
            throw new ImageException(file + " has no frames");
        }
        return shape(axes, ": with --rate, its last axis is taken for frames");
    }

    /**
     * One frame, where the last axis is that of the frames.
     *
     * @throws ImageException if there is only one axis
     */
    public Shape frameShape() {
        if (axes.size() < 2) {
            throw new ImageException(file + " has an image of one axis: that is no row of frames");
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
