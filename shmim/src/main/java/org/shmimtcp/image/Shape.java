package org.shmimtcp.image;

/**
 * The size of an image: nx columns, ny rows, nz slices. An absent axis has size 0, as in the file.
 *
 * @param naxis 1, 2 or 3
 */
public record Shape(int naxis, int nx, int ny, int nz) {
    public Shape {
        boolean whole =
                switch (naxis) {
                    case 1 -> nx > 0 && ny == 0 && nz == 0;
                    case 2 -> nx > 0 && ny > 0 && nz == 0;
                    case 3 -> nx > 0 && ny > 0 && nz > 0;
                    default -> throw new ImageException(naxis + " axes: must be 1, 2 or 3");
                };
        if (!whole) {
            throw new ImageException(
                    "size "
                            + nx
                            + " × "
                            + ny
                            + " × "
                            + nz
                            + " with "
                            + naxis
                            + " axes: each axis must be 1 to 2147483647");
        }
    }

    public static Shape of(int nx) {
        return new Shape(1, nx, 0, 0);
    }

    public static Shape of(int nx, int ny) {
        return new Shape(2, nx, ny, 0);
    }

    public static Shape of(int nx, int ny, int nz) {
        return new Shape(3, nx, ny, nz);
    }

    /** Pixels of one slice. */
    public long slicePixels() {
        return (long) nx * Math.max(1, ny);
    }

    /** The number of slices: 1 unless it is a cube. */
    public int slices() {
        return Math.max(1, nz);
    }

    /**
     * The number of pixels of all slices.
     *
     * @throws ImageException if a long cannot hold it
     */
    public long pixels() {
        try {
            return Math.multiplyExact(slicePixels(), (long) slices());
        } catch (ArithmeticException tooMany) {
            throw new ImageException("size " + this + " is too large");
        }
    }

    /** {@code 50x50}, {@code 7x5x3}, {@code 13}. */
    @Override
    public String toString() {
        return nx + (naxis > 1 ? "x" + ny : "") + (naxis > 2 ? "x" + nz : "");
    }
}
