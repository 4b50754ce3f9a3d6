package org.shmimtcp.synthetic;

import java.lang.foreign.MemorySegment;
import org.shmimtcp.image.Shape;

/** A source that computes values in pieces of a row, independently of the image's data type. */
abstract class RowSource implements FrameSource {
    /** The size of a piece; a row can have 2³¹ pixels. */
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

    /** The number of rows; 1 if the image has only one axis. */
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

    /** Prepares what is common to all pixels of frame {@code n}. */
    abstract void startFrame(long n);

    /** Computes the values of {@code count} pixels, starting at (x, y) and going right. */
    abstract void compute(double[] to, int count, int x, int y);
}
