package org.shmimtcp.synthetic;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.Shape;

/** A source that computes values piece by piece of a row, whatever their data type will be. */
abstract class RowSource implements FrameSource {
    /** A row can have 2³¹ pixels. */
    private static final int PIECE = 4096;

    private final int nx;
    private final int ny;
    private final PixelEncoder encoder;
    private final double[] values;

    RowSource(Shape shape, PixelEncoder encoder) {
        this.nx = shape.nx();
        this.ny = Math.max(1, shape.ny());
        this.encoder = encoder;
        this.values = new double[Math.min(nx, PIECE)];
    }

    final int nx() {
        return nx;
    }

    /** 1 where the image has one axis only. */
    final int ny() {
        return ny;
    }

    @Override
    public final void fill(MemorySegment frame, long n) {
        startFrame(n);
        for (int y = 0; y < ny; y++) {
            for (int x = 0; x < nx; x += values.length) {
                int count = Math.min(values.length, nx - x);
                compute(values, count, x, y);
                encoder.write(values, count, frame, (long) y * nx + x);
                if (nx - x == count) {
                    break; // x + values.length might overflow
                }
            }
        }
    }

    /** Works out what holds for all of frame {@code n}. */
    abstract void startFrame(long n);

    /** Computes the values of {@code count} pixels, from (x, y) to the right. */
    abstract void compute(double[] to, int count, int x, int y);
}
