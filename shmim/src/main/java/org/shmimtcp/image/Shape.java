package org.shmimtcp.image;

/**
 * The size of an image: nx columns, ny rows, nz slices. An absent axis has size 0, as in the file.
 *
 * <p>Pixel (x, y) of slice z is element z · nx · ny + y · nx + x, from 0.
 *
 * @param naxis 1, 2 or 3
 * @param nx columns, which change fastest in memory
 * @param ny rows; 0 for a line
 * @param nz slices; 0 for an image that is not a cube
 */
public record Shape(int naxis, int nx, int ny, int nz) {
    /**
     * Checks that exactly the first {@code naxis} sizes are positive.
     *
     * @throws ImageException if not
     */
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

    /**
     * Describes a line.
     *
     * @param nx pixels
     * @return a shape with one axis
     * @throws ImageException if a size is 0 or less
     */
    public static Shape of(int nx) {
        return new Shape(1, nx, 0, 0);
    }

    /**
     * Describes a flat image.
     *
     * @param nx columns
     * @param ny rows
     * @return a shape with two axes
     * @throws ImageException if a size is 0 or less
     */
    public static Shape of(int nx, int ny) {
        return new Shape(2, nx, ny, 0);
    }

    /**
     * Describes a cube.
     *
     * @param nx columns
     * @param ny rows
     * @param nz slices
     * @return a shape with three axes
     * @throws ImageException if a size is 0 or less
     */
    public static Shape of(int nx, int ny, int nz) {
        return new Shape(3, nx, ny, nz);
    }

    /** {@return the number of pixels of one slice; of the whole image if it is not a cube} */
    public long slicePixels() {
        return (long) nx * Math.max(1, ny);
    }

    /** {@return the number of slices: 1 unless it is a cube} */
    public int slices() {
        return Math.max(1, nz);
    }

    /**
     * {@return the number of pixels of all slices}
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
