package org.shmimtcp.status;

import org.shmimtcp.image.FrameCount;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.StreamAge;

/**
 * The rate of a mapped stream's frames, and the age of the newest, from its counter now and then.
 */
public final class FrameRate {
    private final Image image;
    private final StreamAge age;
    private final long minNs;
    private long cnt0;
    private long sampledNs;
    private double hz = Double.NaN;

    /**
     * Takes the first sample.
     *
     * @param minNs shortest time between two samples; a rate over less would be noise
     */
    public FrameRate(Image image, long minNs, long nowNs) {
        this.image = image;
        this.age = new StreamAge(image);
        this.minNs = minNs;
        this.cnt0 = image.cnt0();
        this.sampledNs = nowNs;
    }

    /** Takes a sample, if the last one is old enough. */
    public void update(long nowNs) {
        long newest = image.cnt0();
        long elapsedNs = nowNs - sampledNs;
        if (elapsedNs < minNs) {
            return;
        }
        // A counter that goes back or jumps too far was reset; how many frames were written is
        // unknown.
        long frames = FrameCount.gained(cnt0, newest);
        hz = frames == 0 && newest != cnt0 ? Double.NaN : frames * 1e9 / elapsedNs;
        if (newest != cnt0) {
            age.changed(sampledNs);
        }
        cnt0 = newest;
        sampledNs = nowNs;
    }

    /** Returns the rate in Hz; NaN if it is unknown. */
    public double hz() {
        return hz;
    }

    /** Returns the counter at the last sample. */
    public long cnt0() {
        return cnt0;
    }

    /** Returns the age of the newest frame in ns; {@link StreamAge#UNKNOWN} if it is unknown. */
    public long ageNs(long nowNs) {
        return age.ns(nowNs);
    }
}
