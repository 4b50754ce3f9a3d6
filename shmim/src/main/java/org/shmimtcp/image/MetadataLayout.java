package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.shmimtcp.posix.NativeMemory;

/**
 * The 384 bytes at the start of an image file: ImageStreamIO's IMAGE_METADATA, version 2.00, for
 * x86-64, little endian. The same bytes are the head of a milk connection.
 *
 * <pre>
 *    0  version              32   "2.00", written last at creation
 *   32  name                 80   ends with a zero
 *  112  naxis                 1   1, 2 or 3
 *  116  size             3 x  4
 *  128  nelement              8   product of the sizes
 *  136  datatype              1   {@link DataType}
 *  144  imagetype             8   {@link ImageType}
 *  152  creationtime         16   struct timespec, like the next three
 *  168  lastaccesstime       16
 *  184  atime                16   when the data were acquired
 *  200  writetime            16   when they were written here
 *  216  creatorPID            4
 *  220  ownerPID              4
 *  224  shared                1   1
 *  232  inode                 8   the file's own
 *  240  location              1   -1: CPU memory, otherwise a GPU's number
 *  241  status                1
 *  248  flag                  8
 *  256  logflag               1
 *  258  sem                   2   number of semaphores
 *  260  NBproctrace           2
 *  264  cnt0                  8   counts updates
 *  272  cnt1                  8   last slice written
 *  280  cnt2                  8   number of events
 *  288  write                 1   1 while being written
 *  290  NBkw                  2   number of keywords
 *  292  CBsize                4   length of the ring
 *  296  CBindex               4   its newest place
 *  304  CBcycle               8   its wraps
 *  312  imdatamemsize         8   pixel bytes
 *  320  cudaMemHandle        64
 * </pre>
 *
 * The names are ImageStreamIO's. {@link ImageSpec#parse} checks the values; the accessors trust
 * nothing and check nothing. They are for a copy, as {@link Image#head} returns it, or for a {@link
 * FrameReader.Copier}: on an image's own memory, a caller must expect an {@link InternalError} when
 * another process truncates the file.
 */
public final class MetadataLayout {
    /** The length of the metadata. */
    public static final int BYTES = 384;

    static final int VERSION_BYTES = 32;
    static final String VERSION = "2.00";

    static final int VERSION_OFFSET = 0;
    static final int NAME = VERSION_OFFSET + VERSION_BYTES;
    static final int NAME_BYTES = 80;
    static final int NAXIS = NAME + NAME_BYTES;
    static final int SIZE = NAXIS + 4;
    static final int NELEMENT = SIZE + 3 * 4;
    static final int DATATYPE = NELEMENT + 8;
    static final int IMAGETYPE = DATATYPE + 8;
    static final int CREATIONTIME = IMAGETYPE + 8;
    static final int LASTACCESSTIME = CREATIONTIME + 16;

    /** The offset of the time of acquisition, a struct timespec. */
    public static final int ATIME = LASTACCESSTIME + 16;

    static final int WRITETIME = ATIME + 16;
    static final int CREATOR_PID = WRITETIME + 16;
    static final int OWNER_PID = CREATOR_PID + 4;
    static final int SHARED = OWNER_PID + 4;
    static final int INODE = SHARED + 8;
    static final int LOCATION = INODE + 8;
    static final int STATUS = LOCATION + 1;
    static final int FLAG = STATUS + 7;
    static final int LOGFLAG = FLAG + 8;
    static final int SEM = LOGFLAG + 2;
    static final int NBPROCTRACE = SEM + 2;

    /** The offset of the update counter, 8 bytes. */
    public static final int CNT0 = NBPROCTRACE + 4;

    /** The offset of the slice written last, 8 bytes. */
    public static final int CNT1 = CNT0 + 8;

    static final int CNT2 = CNT1 + 8;
    static final int WRITE = CNT2 + 8;
    static final int NBKW = WRITE + 2;
    static final int CBSIZE = NBKW + 2;
    static final int CBINDEX = CBSIZE + 4;
    static final int CBCYCLE = CBINDEX + 8;
    static final int IMDATAMEMSIZE = CBCYCLE + 8;

    /** Some thousand years, in seconds. */
    private static final long MAX_SECONDS = 1L << 37;

    private MetadataLayout() {}

    /**
     * {@return the format's version, {@code 2.00}; empty while the image is being created}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static String version(MemorySegment m) {
        return text(m, VERSION_OFFSET, VERSION_BYTES);
    }

    /**
     * {@return the name inside the file, up to its zero; not checked, so it may hold anything}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static String name(MemorySegment m) {
        return text(m, NAME, NAME_BYTES);
    }

    /**
     * {@return the number of axes; 1 to 3 in a valid head}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int naxis(MemorySegment m) {
        return Byte.toUnsignedInt(NativeMemory.getByte(m, NAXIS));
    }

    /** Size along axis 0, 1 or 2. */
    static long size(MemorySegment m, int axis) {
        return Integer.toUnsignedLong(NativeMemory.getInt(m, SIZE + 4L * axis));
    }

    /**
     * {@return the number of pixels of all slices}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long nelement(MemorySegment m) {
        return NativeMemory.getLong(m, NELEMENT);
    }

    static int datatype(MemorySegment m) {
        return Byte.toUnsignedInt(NativeMemory.getByte(m, DATATYPE));
    }

    /**
     * {@return the bits of {@link ImageType}}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long imagetype(MemorySegment m) {
        return NativeMemory.getLong(m, IMAGETYPE);
    }

    /**
     * {@return 1 for an image in shared memory}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int shared(MemorySegment m) {
        return NativeMemory.getByte(m, SHARED);
    }

    /**
     * {@return -1 for pixels in the memory of the CPU, otherwise the number of a GPU}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int location(MemorySegment m) {
        return NativeMemory.getByte(m, LOCATION);
    }

    /**
     * {@return the PID of the process that created the image}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int creatorPid(MemorySegment m) {
        return NativeMemory.getInt(m, CREATOR_PID);
    }

    /**
     * {@return the field {@code ownerPID}: 0 unless a program has set it}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int ownerPid(MemorySegment m) {
        return NativeMemory.getInt(m, OWNER_PID);
    }

    /**
     * {@return the inode of the image's file, as its creator wrote it}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long inode(MemorySegment m) {
        return NativeMemory.getLong(m, INODE);
    }

    /**
     * {@return the time of creation, on the clock of its creator (TAI for ImageStreamIO)}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static Instant created(MemorySegment m) {
        return time(m, CREATIONTIME);
    }

    /**
     * {@return the field {@code status}, which tells milk's loggers what to do}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int status(MemorySegment m) {
        return NativeMemory.getByte(m, STATUS);
    }

    /**
     * {@return the field {@code flag}, a bit mask that ImageStreamIO only stores}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long flag(MemorySegment m) {
        return NativeMemory.getLong(m, FLAG);
    }

    /**
     * {@return the field {@code logflag}: 1 to start logging}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int logflag(MemorySegment m) {
        return NativeMemory.getByte(m, LOGFLAG);
    }

    /**
     * {@return when the newest data were acquired: seconds since 1970}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long acquiredSeconds(MemorySegment m) {
        return NativeMemory.getLong(m, ATIME);
    }

    /**
     * {@return when the newest data were acquired: nanoseconds of the second}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long acquiredNanos(MemorySegment m) {
        return NativeMemory.getLong(m, ATIME + 8);
    }

    /**
     * {@return when the newest data were written: seconds since 1970}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long writtenSeconds(MemorySegment m) {
        return NativeMemory.getLong(m, WRITETIME);
    }

    /**
     * {@return when the newest data were written: nanoseconds of the second}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long writtenNanos(MemorySegment m) {
        return NativeMemory.getLong(m, WRITETIME + 8);
    }

    /**
     * {@return the number of semaphores, 0 to 65535}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int sem(MemorySegment m) {
        return Short.toUnsignedInt(NativeMemory.getShort(m, SEM));
    }

    /**
     * {@return the number of process traces, 0 to 65535}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int nbProcTrace(MemorySegment m) {
        return Short.toUnsignedInt(NativeMemory.getShort(m, NBPROCTRACE));
    }

    /**
     * {@return the update counter, read with acquire order: what was written before it is visible}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long cnt0Acquire(MemorySegment m) {
        return NativeMemory.getLongAcquire(m, CNT0);
    }

    /**
     * {@return the slice written last, read with acquire order; any value is possible}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long cnt1Acquire(MemorySegment m) {
        return NativeMemory.getLongAcquire(m, CNT1);
    }

    /**
     * {@return the number of events, read with acquire order}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long cnt2Acquire(MemorySegment m) {
        return NativeMemory.getLongAcquire(m, CNT2);
    }

    /** Returns true while a writer is between its first pixel and its counter. */
    static boolean isWritingAcquire(MemorySegment m) {
        return NativeMemory.getByteAcquire(m, WRITE) != 0;
    }

    /**
     * {@return the number of keyword slots, 0 to 65535}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static int nbKw(MemorySegment m) {
        return Short.toUnsignedInt(NativeMemory.getShort(m, NBKW));
    }

    /**
     * {@return the number of frames that the ring has room for}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long cbSize(MemorySegment m) {
        return Integer.toUnsignedLong(NativeMemory.getInt(m, CBSIZE));
    }

    /**
     * {@return the place of the newest frame in the ring}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long cbIndex(MemorySegment m) {
        return Integer.toUnsignedLong(NativeMemory.getInt(m, CBINDEX));
    }

    /**
     * {@return how often the ring was filled}
     *
     * @param m at least {@link #BYTES} bytes, the start of an image file
     */
    public static long cbCycle(MemorySegment m) {
        return NativeMemory.getLong(m, CBCYCLE);
    }

    static long imdatamemsize(MemorySegment m) {
        return NativeMemory.getLong(m, IMDATAMEMSIZE);
    }

    /** Reads a struct timespec; impossible values become a time far off, not an error. */
    static Instant time(MemorySegment m, long offset) {
        long seconds = NativeMemory.getLong(m, offset);
        long nanos = NativeMemory.getLong(m, offset + 8);
        return Instant.ofEpochSecond(
                Math.clamp(seconds, -MAX_SECONDS, MAX_SECONDS), Math.clamp(nanos, 0, 999_999_999));
    }

    static void time(MemorySegment m, int field, long seconds, long nanos) {
        NativeMemory.putLong(m, field, seconds);
        NativeMemory.putLong(m, field + 8L, nanos);
    }

    static void cnt0Release(MemorySegment m, long value) {
        NativeMemory.putLongRelease(m, CNT0, value);
    }

    static void cnt1(MemorySegment m, long value) {
        NativeMemory.putLong(m, CNT1, value);
    }

    static void cnt2(MemorySegment m, long value) {
        NativeMemory.putLong(m, CNT2, value);
    }

    static void writeRelease(MemorySegment m, boolean writing) {
        // Not setRelease: in interpreted code that is an xchg of a byte, which HotSpot's fault
        // handler cannot decode. It would kill the JVM if the file was truncated.
        VarHandle.releaseFence();
        NativeMemory.putByte(m, WRITE, (byte) (writing ? 1 : 0));
    }

    /**
     * Clears the write flag in a copy of a head.
     *
     * @param copy at least {@link #BYTES} bytes; not an image's own memory
     */
    public static void idle(MemorySegment copy) {
        NativeMemory.putByte(copy, WRITE, (byte) 0);
    }

    static void ring(MemorySegment m, int index, long cycle) {
        NativeMemory.putLong(m, CBCYCLE, cycle);
        NativeMemory.putInt(m, CBINDEX, index);
    }

    /** Makes the image usable: the last step of its creation. */
    static void versionLast(MemorySegment m) {
        VarHandle.releaseFence();
        m.setString(VERSION_OFFSET, VERSION, StandardCharsets.US_ASCII);
    }

    /** Fills a zeroed head with all fields that do not change, except the version. */
    static void initialize(MemorySegment m, ImageSpec spec, long inode, int creatorPid) {
        m.setString(NAME, spec.name());
        Shape shape = spec.shape();
        NativeMemory.putByte(m, NAXIS, (byte) shape.naxis());
        NativeMemory.putInt(m, SIZE, shape.nx());
        NativeMemory.putInt(m, SIZE + 4L, shape.ny());
        NativeMemory.putInt(m, SIZE + 8L, shape.nz());
        NativeMemory.putLong(m, NELEMENT, shape.pixels());
        NativeMemory.putByte(m, DATATYPE, (byte) spec.type().code());
        NativeMemory.putLong(m, IMAGETYPE, spec.imageType());
        NativeMemory.putInt(m, CREATOR_PID, creatorPid);
        NativeMemory.putByte(m, SHARED, (byte) 1);
        NativeMemory.putLong(m, INODE, inode);
        NativeMemory.putByte(m, LOCATION, (byte) -1);
        NativeMemory.putShort(m, SEM, (short) spec.semaphores());
        NativeMemory.putShort(m, NBPROCTRACE, (short) spec.processTraces());
        NativeMemory.putShort(m, NBKW, (short) spec.keywordSlots());
        NativeMemory.putInt(m, CBSIZE, spec.ringSize());
        NativeMemory.putLong(m, IMDATAMEMSIZE, spec.pixelBytes());
    }

    /** Returns the text up to its zero; all bytes of a field without one. */
    private static String text(MemorySegment m, int offset, int bytes) {
        byte[] raw = m.asSlice(offset, bytes).toArray(JAVA_BYTE);
        int length = 0;
        while (length < bytes && raw[length] != 0) {
            length++;
        }
        return new String(raw, 0, length, StandardCharsets.UTF_8);
    }
}
