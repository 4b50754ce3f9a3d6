package org.shmimtcp.fits;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import nom.tam.fits.FitsException;
import nom.tam.fits.FitsFactory;
import nom.tam.fits.Header;
import nom.tam.fits.HeaderCardException;
import nom.tam.util.FitsOutputStream;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.Keyword;

/** Creates the headers of FITS files, as bytes. */
public final class ImageHeader {
    public static final int BLOCK_BYTES = 2880;
    private static final int CARD_BYTES = 80;

    /** The position of a number in a fixed-format card: columns 11 to 30. */
    private static final int NUMBER_AT = 10;

    private static final int NUMBER_BYTES = 20;

    /**
     * The longest text for one card; longer text needs a convention that not every reader knows.
     */
    private static final int TEXT_IN_A_CARD = 60;

    /**
     * The library's logger. It is silenced, because this package reports each fault in one line.
     */
    private static final Logger LIBRARY = Logger.getLogger("nom.tam");

    static {
        LIBRARY.setLevel(Level.OFF);
        FitsFactory.setUseHierarch(true);
        FitsFactory.getHierarchFormater().setCaseSensitive(true);
    }

    private ImageHeader() {}

    /** Triggers the set-up of the library, for callers that read before anything was written. */
    static void prepare() {
        // the static initializer does it
    }

    /**
     * Counters and times of the frame in a file of one frame.
     *
     * @param acquiredNs in the stream's clock, since 1970; 0 if unknown
     */
    public record Moment(long cnt0, long cnt1, long acquiredNs, long writtenNs) {}

    /**
     * The content of the header besides the pixels' properties.
     *
     * @param creator the program and its version
     * @param now UTC
     * @param taiMinusUtcS by how much the stream's clock is ahead of UTC, s
     * @param keywords of the stream
     * @param moment of a single frame; null for a cube of frames
     */
    public record Origin(
            String creator,
            Instant now,
            long taiMinusUtcS,
            List<Keyword> keywords,
            @Nullable Moment moment) {}

    /**
     * The axes of one frame: the whole image, or one slice of a circular image. The first axis is
     * FITS's NAXIS1, along which neighbouring pixels are adjacent in memory.
     */
    public static List<Integer> frameAxes(ImageSpec spec) {
        List<Integer> axes = new ArrayList<>(List.of(spec.shape().nx()));
        if (spec.shape().naxis() > 1) {
            axes.add(spec.shape().ny());
        }
        if (spec.shape().naxis() > 2 && !spec.isCircular()) {
            axes.add(spec.shape().nz());
        }
        return axes;
    }

    /** Returns the header of one frame. */
    public static byte[] ofFrame(ImageSpec spec, String stream, Origin origin) {
        return image(spec, stream, frameAxes(spec), origin);
    }

    /** Returns the header of a cube without frames yet; {@link #patchFrames} sets their number. */
    public static byte[] ofFrames(ImageSpec spec, String stream, Origin origin) {
        List<Integer> axes = frameAxes(spec);
        axes.add(0);
        return image(spec, stream, axes, origin);
    }

    private static byte[] image(ImageSpec spec, String stream, List<Integer> axes, Origin origin) {
        PixelCodec codec = PixelCodec.of(spec.type());
        Header header = new Header();
        try {
            header.addValue("SIMPLE", true, "");
            header.addValue("BITPIX", codec.bitpix(), "");
            header.addValue("NAXIS", axes.size(), "");
            for (int i = 0; i < axes.size(); i++) {
                header.addValue("NAXIS" + (i + 1), axes.get(i), "");
            }
            header.addValue("EXTEND", true, "there may be a table of the frames");
            if (codec.zero().signum() != 0) {
                header.addValue("BZERO", codec.zero(), "pixel = BZERO + stored value");
                header.addValue("BSCALE", 1, "");
            }
            tell(header, spec, stream, origin);
            KeywordCards.write(origin.keywords(), header);
            return bytes(header);
        } catch (FitsException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void tell(Header header, ImageSpec spec, String stream, Origin origin)
            throws HeaderCardException {
        header.addValue("DATE", time(origin.now()), "UTC of this file");
        String creator = origin.creator();
        header.addValue(
                "CREATOR", creator.substring(0, Math.min(creator.length(), TEXT_IN_A_CARD)), "");
        header.addValue("SHMNAME", KeywordCards.ascii(stream), "stream");
        header.addValue("SHMTYPE", spec.type().letters(), "its pixels");
        header.addValue("SHMTAI", origin.taiMinusUtcS(), "[s] its clock is ahead of UTC by");
        Moment moment = origin.moment();
        if (moment == null) {
            return;
        }
        if (moment.acquiredNs() != 0) {
            Instant utc =
                    Instant.ofEpochSecond(-origin.taiMinusUtcS()).plusNanos(moment.acquiredNs());
            header.addValue("DATE-OBS", time(utc), "UTC of acquisition");
            header.addValue("TIMESYS", "UTC", "");
        }
        header.addValue("SHMCNT0", moment.cnt0(), "counter of updates");
        header.addValue("SHMCNT1", moment.cnt1(), "slice that was written");
        header.addValue("SHMATIME", moment.acquiredNs(), "[ns] acquired, since 1970");
        header.addValue("SHMWTIME", moment.writtenNs(), "[ns] written, since 1970");
    }

    private static String time(Instant utc) {
        String text = utc.toString();
        return text.substring(0, text.length() - 1); // FITS times have no Z
    }

    /** Returns the header of the table that follows a cube of frames. */
    public static byte[] ofTable(long rows) {
        Header header = new Header();
        try {
            header.addValue("XTENSION", "BINTABLE", "");
            header.addValue("BITPIX", 8, "");
            header.addValue("NAXIS", 2, "");
            header.addValue("NAXIS1", FrameTable.ROW_BYTES, "");
            header.addValue("NAXIS2", rows, "frames");
            header.addValue("PCOUNT", 0, "");
            header.addValue("GCOUNT", 1, "");
            header.addValue("TFIELDS", FrameTable.COLUMNS.length, "");
            header.addValue("EXTNAME", FrameTable.NAME, "one row for each frame");
            for (int i = 0; i < FrameTable.COLUMNS.length; i++) {
                int column = i + 1;
                header.addValue("TTYPE" + column, FrameTable.COLUMNS[i], FrameTable.COMMENTS[i]);
                header.addValue("TFORM" + column, "K", "");
                if (FrameTable.COLUMNS[i].endsWith("TIME")) {
                    header.addValue("TUNIT" + column, "ns", "");
                }
            }
            return bytes(header);
        } catch (FitsException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] bytes(Header header) throws FitsException {
        var bytes = new ByteArrayOutputStream();
        header.write(new FitsOutputStream(bytes));
        return bytes.toByteArray();
    }

    /**
     * Returns the offset in a header of the number of frames, which is the length of the last axis.
     *
     * @param axes the number of axes of one frame
     */
    public static int framesAt(byte[] header, int axes) {
        String key = "%-8s=".formatted("NAXIS" + (axes + 1));
        String text = new String(header, StandardCharsets.US_ASCII);
        for (int card = 0; card < text.length(); card += CARD_BYTES) {
            if (text.startsWith(key, card)) {
                return card + NUMBER_AT;
            }
        }
        throw new IllegalArgumentException("no " + key + " in the header");
    }

    /** Returns the text to write at {@link #framesAt} for that number of frames. */
    public static byte[] patchFrames(long frames) {
        return ("%" + NUMBER_BYTES + "d").formatted(frames).getBytes(StandardCharsets.US_ASCII);
    }

    /** The number of bytes that fill up part of a file to whole blocks. */
    public static int padding(long bytes) {
        return (int) Math.floorMod(-bytes, (long) BLOCK_BYTES);
    }
}
