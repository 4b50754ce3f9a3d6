package org.shmimtcp.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What a pair has to carry.
 *
 * @param name without spaces
 * @param type a data type's number in the file: 3 = uint16, 9 = float32
 * @param keywords slots of the source
 * @param changing slots that change with each frame, at most
 * @param hz frames a second; 0: as fast as the writer goes
 * @param lockStep true to write a frame as soon as the copy has the one before
 * @param frames measured, after the warm-up
 * @param warmUp frames before them, in which a JVM compiles
 */
record Load(
        String name,
        int type,
        int width,
        int height,
        int keywords,
        int changing,
        int hz,
        boolean lockStep,
        int frames,
        int warmUp) {
    private static final int CHANGING = 10;
    private static final int UINT16 = 3;
    private static final int FLOAT32 = 9;
    private static final int UINT8 = 1;
    private static final int SECONDS = 10;

    static List<Load> all() {
        List<Load> all = new ArrayList<>();
        all.add(paced("50x50-2kHz", FLOAT32, 50, 50, 0, 2000));
        all.add(paced("50x50-3.6kHz", FLOAT32, 50, 50, 0, 3600));
        all.add(paced("50x50-2kHz-10kw", FLOAT32, 50, 50, 10, 2000));
        all.add(paced("50x50-2kHz-100kw", FLOAT32, 50, 50, 100, 2000));
        all.add(paced("50x50-2kHz-6000kw", FLOAT32, 50, 50, 6000, 2000));
        all.add(allChanging("50x50-1.8kHz-6000kw-all", 6000, 1800));
        all.add(
                new Load(
                        "50x50-2kHz-first-1000",
                        FLOAT32,
                        50,
                        50,
                        0,
                        CHANGING,
                        2000,
                        false,
                        1000,
                        0));
        all.add(paced("120x120-3.62kHz", UINT16, 120, 120, 0, 3620));
        all.add(paced("512x512-1kHz", UINT16, 512, 512, 0, 1000));
        all.add(paced("1024x1024-300Hz", UINT16, 1024, 1024, 0, 300));
        all.add(paced("64x64-20kHz", UINT16, 64, 64, 0, 20_000));
        all.add(new Load("64x64-full", UINT16, 64, 64, 0, CHANGING, 0, false, 2_000_000, 500_000));
        all.add(lockStep("1kB-lockstep", 32, 32, 20_000));
        all.add(lockStep("64kB-lockstep", 256, 256, 20_000));
        all.add(lockStep("1MB-lockstep", 1024, 1024, 3_000));
        all.add(lockStep("16MB-lockstep", 4096, 4096, 300));
        return all;
    }

    private static Load paced(String name, int type, int width, int height, int keywords, int hz) {
        return new Load(
                name, type, width, height, keywords, CHANGING, hz, false, SECONDS * hz, 5 * hz);
    }

    private static Load allChanging(String name, int keywords, int hz) {
        return new Load(name, FLOAT32, 50, 50, keywords, keywords, hz, false, SECONDS * hz, 5 * hz);
    }

    private static Load lockStep(String name, int width, int height, int frames) {
        return new Load(name, UINT8, width, height, 0, CHANGING, 0, true, frames, frames / 2);
    }

    /** The same for a shorter time. */
    Load shortened(int factor) {
        return with(warmUp == 0 ? frames : frames / factor, warmUp / 2);
    }

    /** The same after that many seconds of frames; only of a paced load that has a warm-up. */
    Load warmedUpFor(int seconds) {
        return hz > 0 && warmUp > 0 ? with(frames, seconds * hz) : this;
    }

    private Load with(int newFrames, int newWarmUp) {
        return new Load(
                name, type, width, height, keywords, changing, hz, lockStep, newFrames, newWarmUp);
    }

    long frameBytes() {
        int pixel =
                switch (type) {
                    case UINT8 -> 1;
                    case UINT16 -> 2;
                    default -> 4;
                };
        return (long) width * height * pixel;
    }
}
