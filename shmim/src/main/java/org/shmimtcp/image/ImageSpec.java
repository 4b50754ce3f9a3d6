package org.shmimtcp.image;

import java.lang.foreign.MemorySegment;

/**
 * The properties of an image that fix the size and layout of its file.
 *
 * @param name at most 79 bytes, see {@link StreamName}
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

    /** Returns an image with default properties. */
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

    public ImageSpec withName(String newName) {
        return new ImageSpec(
                newName, type, shape, imageType, keywordSlots, ringSize, semaphores, processTraces);
    }

    public ImageSpec withImageType(long newImageType) {
        return new ImageSpec(
                name, type, shape, newImageType, keywordSlots, ringSize, semaphores, processTraces);
    }

    public ImageSpec withKeywords(int newKeywords) {
        return new ImageSpec(
                name, type, shape, imageType, newKeywords, ringSize, semaphores, processTraces);
    }

    public ImageSpec withRing(int newRingSize) {
        return new ImageSpec(
                name, type, shape, imageType, keywordSlots, newRingSize, semaphores, processTraces);
    }

    public ImageSpec withSemaphores(int newSemaphores) {
        return new ImageSpec(
                name, type, shape, imageType, keywordSlots, ringSize, newSemaphores, processTraces);
    }

    /**
     * Reads the head of a file and checks it against the file's length.
     *
     * @param head the first {@link MetadataLayout#BYTES} bytes, or zeros where the file is shorter
     * @param origin the image's name in messages, such as {@code stream 'x' in /milk/shm}
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

    /** Pixel bytes of the whole image. */
    public long pixelBytes() {
        try {
            return Math.multiplyExact(shape.pixels(), (long) type.bytes());
        } catch (ArithmeticException tooMany) {
            throw new ImageException("size " + shape + " is too large");
        }
    }

    /** Pixel bytes of one slice. */
    public long sliceBytes() {
        return shape.slicePixels() * type.bytes();
    }

    /** Pixel bytes of one update: a slice of a rolling buffer, otherwise the whole image. */
    public long frameBytes() {
        return isCircular() ? sliceBytes() : pixelBytes();
    }

    /**
     * Returns true if the slices of this cube are a rolling buffer, written one after the other.
     */
    public boolean isCircular() {
        return shape.slices() > 1 && (imageType & ImageType.CIRCULAR) != 0;
    }

    /** Returns true if frames of the other image fit here: same type, same shape. */
    public boolean holds(ImageSpec other) {
        return type == other.type && shape.equals(other.shape);
    }

    /** {@code 50x50 f32}. */
    public String describe() {
        return shape + " " + type.letters();
    }
}
