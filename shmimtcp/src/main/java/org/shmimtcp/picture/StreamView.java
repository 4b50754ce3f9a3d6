package org.shmimtcp.picture;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.image.StreamAge;
import org.shmimtcp.posix.Clock;

/**
 * The newest frame and the state of a stream, for displays. A replaced stream is reopened. If the
 * stream is removed, the view waits for its return and keeps the last frame. It claims no
 * semaphore, so readers that need one are not affected.
 */
public final class StreamView implements AutoCloseable {
    /** Stands for the newest slice. */
    public static final int NEWEST = -1;

    private final ImageDirectory directory;
    private final String name;
    private final int slice;
    private final RateMeter rate = new RateMeter();

    private @Nullable Image image;
    private @Nullable FrameReader reader;
    private ImageSpec spec;
    private MemorySegment frame;
    private boolean hasFrame;
    private boolean busy;
    private long cnt0;
    private double rateHz = Double.NaN;
    private long updatedNs;
    private StreamAge age;
    private long ageNs = StreamAge.UNKNOWN;
    private String trouble = "";

    /**
     * Opens a stream.
     *
     * @param slice of a cube, from 0; {@link #NEWEST} for the one written last
     * @throws ImageException if it cannot be opened, or has no such slice
     */
    public StreamView(ImageDirectory directory, String name, int slice) {
        this.directory = directory;
        this.name = name;
        this.slice = slice;
        Image opened = Image.open(directory, name);
        this.image = opened;
        this.spec = opened.spec();
        this.reader = opened.newPollingReader();
        this.frame = reader.newBuffer();
        this.age = new StreamAge(opened);
        try {
            begin(opened, Clock.monotonicNs());
        } catch (ImageException e) {
            opened.close();
            throw e;
        }
    }

    private void begin(Image opened, long nowNs) {
        int slices = opened.spec().shape().slices();
        if (slice >= slices) {
            throw new ImageException(
                    "stream '"
                            + name
                            + "' has no slice "
                            + slice
                            + ": slices are 0 to "
                            + (slices - 1));
        }
        cnt0 = opened.cnt0();
        rate.reset();
        hasFrame = false;
        trouble = "";
        updatedNs = nowNs;
        age = new StreamAge(opened);
        ageNs = age.ns(nowNs);
    }

    /** Refreshes the view, and reads the newest frame. */
    public void update(long nowNs) {
        long lookedNs = updatedNs;
        updatedNs = nowNs;
        if (ageNs != StreamAge.UNKNOWN) {
            ageNs += nowNs - lookedNs;
        }
        try {
            Image open = current(nowNs);
            if (open == null) {
                return;
            }
            long newest = open.cnt0();
            if (newest != cnt0) {
                cnt0 = newest;
                age.changed(lookedNs);
            } else if (hasFrame && !busy) {
                observe(open, nowNs);
                return;
            }
            read();
            observe(open, nowNs);
        } catch (ImageException e) {
            lose(String.valueOf(e.getMessage()));
        }
    }

    /** Returns the image that the name leads to now; null while there is none. */
    private @Nullable Image current(long nowNs) {
        Image open = image;
        if (open != null && !open.isReplaced()) {
            return open;
        }
        if (open != null) {
            lose("the stream does not exist; waiting for it to return");
        }
        if (!directory.has(name)) {
            return null;
        }
        Image opened = Image.open(directory, name);
        image = opened;
        FrameReader made = opened.newPollingReader();
        reader = made;
        begin(opened, nowNs);
        if (!opened.spec().holds(spec)) {
            frame = made.newBuffer();
        }
        spec = opened.spec();
        return opened;
    }

    private void read() {
        FrameReader open = reader;
        if (open == null) {
            return;
        }
        boolean whole = slice == NEWEST ? open.readNewest(frame) : open.readSlice(slice, frame);
        busy = !whole && open.hasFrame();
        hasFrame |= whole;
        if (whole) {
            cnt0 = open.cnt0();
        }
    }

    private void observe(Image open, long nowNs) {
        rateHz = rate.rateHz(nowNs, open.cnt0());
        ageNs = age.ns(nowNs);
    }

    private void lose(String why) {
        close();
        trouble = why;
        rateHz = Double.NaN;
    }

    /** The name by which it was opened. */
    public String name() {
        return name;
    }

    public ImageSpec spec() {
        return spec;
    }

    /** The newest whole frame. */
    public MemorySegment frame() {
        return frame;
    }

    /** Returns false until a frame was read. */
    public boolean hasFrame() {
        return hasFrame;
    }

    /**
     * Returns true if the writer leaves no time to copy a whole frame, so the frame shown is older.
     */
    public boolean isBusy() {
        return busy;
    }

    public long cnt0() {
        return cnt0;
    }

    /** The rate of frames; NaN while unknown. */
    public double rateHz() {
        return rateHz;
    }

    /** The time since the newest frame was written, in ns; {@link StreamAge#UNKNOWN} if unknown. */
    public long ageNs() {
        return ageNs;
    }

    /** The reason why there are no new frames; empty if the stream is open. */
    public String trouble() {
        return trouble;
    }

    @Override
    public void close() {
        Image open = image;
        image = null;
        if (open != null) {
            FrameReader reading = reader;
            if (reading != null) {
                reading.close();
            }
            open.close();
        }
    }
}
