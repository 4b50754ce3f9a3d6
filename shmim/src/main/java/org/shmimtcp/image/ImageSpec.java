package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;

/**
 * The properties of an image that fix the size and layout of its file.
 *
 * @param name at most 79 bytes, see {@link StreamName}
 * @param type of each pixel
 * @param shape columns, rows and slices
 * @param imageType bits of {@link ImageType}
 * @param keywordSlots 0 to 65535
 * @param ringSize recent frames kept in the file, 0 for none (CBsize)
 * @param semaphores 0 to 65535; ImageStreamIO creates 10
 * @param processTraces 0 to 65535; ImageStreamIO creates 10
 */
public record ImageSpec(
        String name,
        DataType type,
        Shape shape,
        long imageType,
        int keywordSlots,
        int ringSize,
        int semaphores,
        int processTraces) {

    /** The number that ImageStreamIO creates and its readers expect. */
    public static final int DEFAULT_SEMAPHORES = 10;

    /** The number that ImageStreamIO creates. */
    public static final int DEFAULT_PROCESS_TRACES = 10;

    /**
     * The number that the newest milk creates. Older versions gave each image thousands, and send
     * all of them with each frame.
     */
    public static final int DEFAULT_KEYWORDS = 10;

    /** The number of bytes that a DAO_COMPAT build of ImageStreamIO adds to each file. */
    static final int DAO_COMPAT_BYTES = 4112;

    /** The counts are 16 bits wide in the file. */
    public static final int MAX_COUNT = 65535;

    /**
     * Checks names and counts.
     *
     * @throws ImageException if one of them does not fit into the file
     */
    public ImageSpec {
        StreamName.check(name);
        checkCount("keywords", keywordSlots);
        checkCount("semaphores", semaphores);
        checkCount("process traces", processTraces);
        if (ringSize < 0) {
            throw new ImageException("ring of " + ringSize + " frames: must be 0 or more");
        }
    }

    private static void checkCount(String what, int count) {
        if (count < 0 || count > MAX_COUNT) {
            throw new ImageException(count + " " + what + ": must be 0 to " + MAX_COUNT);
        }
    }

    /**
     * Describes an image with ImageStreamIO's defaults: 10 keywords, semaphores and process traces,
     * no ring.
     *
     * @param name at most 79 bytes, see {@link StreamName}
     * @param type of each pixel
     * @param shape columns, rows and slices
     * @return the description; no file is created
     * @throws ImageException if the name is refused
     */
    public static ImageSpec of(String name, DataType type, Shape shape) {
        return new ImageSpec(
                name,
                type,
                shape,
                ImageType.MATH_DATA,
                DEFAULT_KEYWORDS,
                0,
                DEFAULT_SEMAPHORES,
                DEFAULT_PROCESS_TRACES);
    }

    /**
     * Changes the name.
     *
     * @param newName at most 79 bytes, see {@link StreamName}
     * @return a description that otherwise equals this one
     * @throws ImageException if the name is refused
     */
    public ImageSpec withName(String newName) {
        return new ImageSpec(
                newName, type, shape, imageType, keywordSlots, ringSize, semaphores, processTraces);
    }

    /**
     * Changes the type bits.
     *
     * @param newImageType bits of {@link ImageType}; {@link ImageType#CIRCULAR_TEMPORAL} makes a
     *     cube a rolling buffer
     * @return a description that otherwise equals this one
     */
    public ImageSpec withImageType(long newImageType) {
        return new ImageSpec(
                name, type, shape, newImageType, keywordSlots, ringSize, semaphores, processTraces);
    }

    /**
     * Changes the number of keyword slots, which is fixed when the file is created.
     *
     * @param newKeywords 0 to 65535
     * @return a description that otherwise equals this one
     * @throws ImageException if the number is out of range
     */
    public ImageSpec withKeywords(int newKeywords) {
        return new ImageSpec(
                name, type, shape, imageType, newKeywords, ringSize, semaphores, processTraces);
    }

    /**
     * Changes the number of recent frames that the file keeps. Each needs the memory of all pixels.
     *
     * @param newRingSize 0 for none
     * @return a description that otherwise equals this one
     * @throws ImageException if it is negative
     */
    public ImageSpec withRing(int newRingSize) {
        return new ImageSpec(
                name, type, shape, imageType, keywordSlots, newRingSize, semaphores, processTraces);
    }

    /**
     * Changes the number of semaphores, and so of readers that need not poll.
     *
     * @param newSemaphores 0 to 65535
     * @return a description that otherwise equals this one
     * @throws ImageException if the number is out of range
     */
    public ImageSpec withSemaphores(int newSemaphores) {
        return new ImageSpec(
                name, type, shape, imageType, keywordSlots, ringSize, newSemaphores, processTraces);
    }

    /**
     * Reads the head of a file and checks it against the file's length.
     *
     * @param head the first {@link MetadataLayout#BYTES} bytes, or zeros where the file is shorter
     * @param fileBytes the length of the file
     * @param origin the image's name in messages, such as {@code stream 'x' in /milk/shm}
     * @return what the file holds; its length is exactly right
     * @throws ImageException.NotReady if its version is not written yet
     * @throws ImageException.Damaged if it is truncated or contradicts itself
     * @throws ImageException if it has another format or layout
     */
    public static ImageSpec parseFile(MemorySegment head, long fileBytes, String origin) {
        if (fileBytes <= MetadataLayout.BYTES) {
            throw new ImageException.Damaged(
                    origin + " has " + fileBytes + " bytes: truncated, or not an image; remove it");
        }
        ImageSpec spec = parse(head, origin);
        long expectedBytes = ImageLayout.of(spec).fileBytes();
        if (fileBytes == expectedBytes) {
            return spec;
        }
        String lengths =
                origin + " has " + fileBytes + " bytes where its head says " + expectedBytes;
        if (fileBytes < expectedBytes) {
            throw new ImageException.Damaged(lengths + ": truncated; remove it");
        }
        throw new ImageException(
                fileBytes - expectedBytes == DAO_COMPAT_BYTES
                        ? lengths
                                + ": created by a DAO_COMPAT build of ImageStreamIO, whose layout"
                                + " is not supported; rebuild its writer without DAO_COMPAT, or"
                                + " use another stream"
                        : lengths + ": its layout is unknown");
    }

    /**
     * Reads a head and trusts nothing in it.
     *
     * @param head at least {@link MetadataLayout#BYTES} bytes
     * @param origin the image's name in messages, such as {@code stream 'x' in /milk/shm}
     * @return what the head describes
     * @throws ImageException.NotReady if its version is not written yet
     * @throws ImageException.Damaged if it contradicts itself
     * @throws ImageException if it does not have format 2.00, or its pixels cannot be reached
     */
    public static ImageSpec parse(MemorySegment head, String origin) {
        String version = MetadataLayout.version(head);
        if (version.isEmpty()) {
            throw new ImageException.NotReady(origin + " is still being created");
        }
        if (!version.equals(MetadataLayout.VERSION)) {
            throw new ImageException(
                    origin
                            + " has format version '"
                            + StreamName.printable(version)
                            + "', not 2.00: created by another version of ImageStreamIO, or not an"
                            + " image");
        }
        try {
            return parseFields(head);
        } catch (ImageException.Damaged e) {
            throw new ImageException.Damaged(origin + " cannot be used: " + e.getMessage(), e);
        } catch (ImageException e) {
            throw new ImageException(origin + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static ImageSpec parseFields(MemorySegment head) {
        if (MetadataLayout.location(head) >= 0) {
            throw new ImageException(
                    "its pixels are in the memory of GPU "
                            + MetadataLayout.location(head)
                            + ", which shmimTCP cannot read; copy it to a CPU stream");
        }
        int code = MetadataLayout.datatype(head);
        DataType type =
                DataType.ofCode(code)
                        .orElseThrow(() -> new ImageException("unknown data type " + code));
        String name = StreamName.check(MetadataLayout.name(head));
        try {
            return parseSizes(head, name, type);
        } catch (ImageException e) {
            throw new ImageException.Damaged(String.valueOf(e.getMessage()), e);
        }
    }

    private static ImageSpec parseSizes(MemorySegment head, String name, DataType type) {
        int naxis = MetadataLayout.naxis(head);
        Shape shape =
                new Shape(naxis, axis(head, naxis, 0), axis(head, naxis, 1), axis(head, naxis, 2));
        long ring = MetadataLayout.cbSize(head);
        if (ring > Integer.MAX_VALUE) {
            throw new ImageException("ring of " + ring + " frames");
        }
        ImageSpec spec =
                new ImageSpec(
                        name,
                        type,
                        shape,
                        MetadataLayout.imagetype(head),
                        MetadataLayout.nbKw(head),
                        (int) ring,
                        MetadataLayout.sem(head),
                        MetadataLayout.nbProcTrace(head));
        if (MetadataLayout.nelement(head) != shape.pixels()
                || MetadataLayout.imdatamemsize(head) != spec.pixelBytes()) {
            throw new ImageException(
                    "size "
                            + shape
                            + " does not agree with "
                            + MetadataLayout.nelement(head)
                            + " pixels in "
                            + MetadataLayout.imdatamemsize(head)
                            + " bytes");
        }
        ImageLayout.of(spec); // refuses an image that is too large for any file
        return spec;
    }

    private static int axis(MemorySegment head, int naxis, int axis) {
        long size = axis < naxis ? MetadataLayout.size(head, axis) : 0;
        if (size > Integer.MAX_VALUE) {
            throw new ImageException("size " + size + " along axis " + (axis + 1));
        }
        return (int) size;
    }

    /**
     * {@return the bytes of all pixels, every slice of a cube}
     *
     * @throws ImageException if a long cannot hold them
     */
    public long pixelBytes() {
        try {
            return Math.multiplyExact(shape.pixels(), (long) type.bytes());
        } catch (ArithmeticException tooMany) {
            throw new ImageException("size " + shape + " is too large");
        }
    }

    /** {@return the bytes of the pixels of one slice; of the whole image if it is not a cube} */
    public long sliceBytes() {
        return shape.slicePixels() * type.bytes();
    }

    /** {@return the bytes of one update: a slice of a rolling buffer, otherwise the whole image} */
    public long frameBytes() {
        return isCircular() ? sliceBytes() : pixelBytes();
    }

    /**
     * {@return true if the slices of this cube are a rolling buffer, written one after the other}
     */
    public boolean isCircular() {
        return shape.slices() > 1 && (imageType & ImageType.CIRCULAR) != 0;
    }

    /**
     * Compares type and shape; keywords, ring and semaphores may differ.
     *
     * @param other describes the frames to write
     * @return true if they fit here
     */
    public boolean holds(ImageSpec other) {
        return type == other.type && shape.equals(other.shape);
    }

    /** {@return shape and letters of the type: {@code 50x50 f32}} */
    public String describe() {
        return shape + " " + type.letters();
    }
}
