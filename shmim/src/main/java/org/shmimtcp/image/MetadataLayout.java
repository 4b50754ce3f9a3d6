package org.shmimtcp.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

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
 * The names are ImageStreamIO's. {@link ImageSpec#parse} checks the values.
 */
public final class MetadataLayout {
    public static final int BYTES = 384;
    public static final int VERSION_BYTES = 32;
    public static final String VERSION = "2.00";

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
    public static final int CNT0 = NBPROCTRACE + 4;
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

    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final VarHandle BYTE = JAVA_BYTE.varHandle();

    private MetadataLayout() {}

    public static String version(MemorySegment m) {
        return text(m, VERSION_OFFSET, VERSION_BYTES);
    }

    public static String name(MemorySegment m) {
        return text(m, NAME, NAME_BYTES);
    }

    public static int naxis(MemorySegment m) {
        return Byte.toUnsignedInt(m.get(JAVA_BYTE, NAXIS));
    }

    /** Size along axis 0, 1 or 2. */
    public static long size(MemorySegment m, int axis) {
        return Integer.toUnsignedLong(m.get(JAVA_INT, SIZE + 4L * axis));
    }

    public static long nelement(MemorySegment m) {
        return m.get(JAVA_LONG, NELEMENT);
    }

    public static int datatype(MemorySegment m) {
        return Byte.toUnsignedInt(m.get(JAVA_BYTE, DATATYPE));
    }

    public static long imagetype(MemorySegment m) {
        return m.get(JAVA_LONG, IMAGETYPE);
    }

    public static int shared(MemorySegment m) {
        return m.get(JAVA_BYTE, SHARED);
    }

    public static int location(MemorySegment m) {
        return m.get(JAVA_BYTE, LOCATION);
    }

    public static int creatorPid(MemorySegment m) {
        return m.get(JAVA_INT, CREATOR_PID);
    }

    public static int ownerPid(MemorySegment m) {
        return m.get(JAVA_INT, OWNER_PID);
    }

    public static long inode(MemorySegment m) {
        return m.get(JAVA_LONG, INODE);
    }

    public static Instant created(MemorySegment m) {
        return time(m, CREATIONTIME);
    }

    public static int status(MemorySegment m) {
        return m.get(JAVA_BYTE, STATUS);
    }

    public static long flag(MemorySegment m) {
        return m.get(JAVA_LONG, FLAG);
    }

    public static int logflag(MemorySegment m) {
        return m.get(JAVA_BYTE, LOGFLAG);
    }

    /** When the newest data were acquired: seconds. */
    public static long acquiredSeconds(MemorySegment m) {
        return m.get(JAVA_LONG, ATIME);
    }

    /** When the newest data were acquired: nanoseconds of the second. */
    public static long acquiredNanos(MemorySegment m) {
        return m.get(JAVA_LONG, ATIME + 8);
    }

    /** When the newest data were written: seconds. */
    public static long writtenSeconds(MemorySegment m) {
        return m.get(JAVA_LONG, WRITETIME);
    }

    /** When the newest data were written: nanoseconds of the second. */
    public static long writtenNanos(MemorySegment m) {
        return m.get(JAVA_LONG, WRITETIME + 8);
    }

    public static int sem(MemorySegment m) {
        return Short.toUnsignedInt(m.get(JAVA_SHORT, SEM));
    }

    public static int nbProcTrace(MemorySegment m) {
        return Short.toUnsignedInt(m.get(JAVA_SHORT, NBPROCTRACE));
    }

    public static long cnt0Acquire(MemorySegment m) {
        return (long) LONG.getAcquire(m, (long) CNT0);
    }

    public static long cnt1Acquire(MemorySegment m) {
        return (long) LONG.getAcquire(m, (long) CNT1);
    }

    public static long cnt2Acquire(MemorySegment m) {
        return (long) LONG.getAcquire(m, (long) CNT2);
    }

    /** Returns true while a writer is between its first pixel and its counter. */
    public static boolean isWritingAcquire(MemorySegment m) {
        return (byte) BYTE.getAcquire(m, (long) WRITE) != 0;
    }

    public static int nbKw(MemorySegment m) {
        return Short.toUnsignedInt(m.get(JAVA_SHORT, NBKW));
    }

    public static long cbSize(MemorySegment m) {
        return Integer.toUnsignedLong(m.get(JAVA_INT, CBSIZE));
    }

    public static long cbIndex(MemorySegment m) {
        return Integer.toUnsignedLong(m.get(JAVA_INT, CBINDEX));
    }

    public static long cbCycle(MemorySegment m) {
        return m.get(JAVA_LONG, CBCYCLE);
    }

    public static long imdatamemsize(MemorySegment m) {
        return m.get(JAVA_LONG, IMDATAMEMSIZE);
    }

    /** Reads a struct timespec; impossible values become a time far off, not an error. */
    static Instant time(MemorySegment m, long offset) {
        long seconds = m.get(JAVA_LONG, offset);
        long nanos = m.get(JAVA_LONG, offset + 8);
        return Instant.ofEpochSecond(
                Math.clamp(seconds, -MAX_SECONDS, MAX_SECONDS), Math.clamp(nanos, 0, 999_999_999));
    }

    static void time(MemorySegment m, int field, long seconds, long nanos) {
        m.set(JAVA_LONG, field, seconds);
        m.set(JAVA_LONG, field + 8L, nanos);
    }

    static void cnt0Release(MemorySegment m, long value) {
        LONG.setRelease(m, (long) CNT0, value);
    }

    static void cnt1(MemorySegment m, long value) {
        m.set(JAVA_LONG, CNT1, value);
    }

    static void cnt2(MemorySegment m, long value) {
        m.set(JAVA_LONG, CNT2, value);
    }

    static void writeRelease(MemorySegment m, boolean writing) {
        // Not setRelease: in interpreted code that is an xchg of a byte, which HotSpot's fault
        // handler cannot decode. It would kill the JVM if the file was truncated.
        VarHandle.releaseFence();
        m.set(JAVA_BYTE, WRITE, (byte) (writing ? 1 : 0));
    }

    /** Clears the write flag in a copy of a head. */
    public static void idle(MemorySegment copy) {
        copy.set(JAVA_BYTE, WRITE, (byte) 0);
    }

    static void ring(MemorySegment m, int index, long cycle) {
        m.set(JAVA_LONG, CBCYCLE, cycle);
        m.set(JAVA_INT, CBINDEX, index);
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
        m.set(JAVA_BYTE, NAXIS, (byte) shape.naxis());
        m.set(JAVA_INT, SIZE, shape.nx());
        m.set(JAVA_INT, SIZE + 4L, shape.ny());
        m.set(JAVA_INT, SIZE + 8L, shape.nz());
        m.set(JAVA_LONG, NELEMENT, shape.pixels());
        m.set(JAVA_BYTE, DATATYPE, (byte) spec.type().code());
        m.set(JAVA_LONG, IMAGETYPE, spec.imageType());
        m.set(JAVA_INT, CREATOR_PID, creatorPid);
        m.set(JAVA_BYTE, SHARED, (byte) 1);
        m.set(JAVA_LONG, INODE, inode);
        m.set(JAVA_BYTE, LOCATION, (byte) -1);
        m.set(JAVA_SHORT, SEM, (short) spec.semaphores());
        m.set(JAVA_SHORT, NBPROCTRACE, (short) spec.processTraces());
        m.set(JAVA_SHORT, NBKW, (short) spec.keywordSlots());
        m.set(JAVA_INT, CBSIZE, spec.ringSize());
        m.set(JAVA_LONG, IMDATAMEMSIZE, spec.pixelBytes());
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
