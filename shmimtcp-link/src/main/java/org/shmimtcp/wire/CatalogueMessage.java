package org.shmimtcp.wire;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.Shape;
import org.shmimtcp.image.StreamName;
import org.shmimtcp.text.PlainText;

/**
 * The two messages with which a machine is asked what it offers, little endian.
 *
 * <pre>
 *   ASK
 *   16  oldest version    2   protocol versions that the asking program speaks
 *   18  newest version    2
 *   20  zero              4
 *
 *   CATALOGUE
 *   16  version           2   version that the offering program speaks
 *   18  zero              2
 *   20  instance          4   a random number of the offering process, not 0
 *   24  entries           4   n, at most 4096
 *   28  offered           4   number of streams offered, n or more
 *   32  time              8   when the streams were read, ns of CLOCK_TAI
 *   40  host             64   text
 *  104  entries     160 × n
 *       zero              4
 *       checksum          4   CRC-32C from offset 16 up to here
 *
 *   entry
 *    0  name             80   text
 *   80  type              4   1 to 13; 0: the stream cannot be used there
 *   84  naxis             4
 *   88  size          3 × 4
 *  100  keyword slots     4
 *  104  ring              4   its length in frames
 *  108  flags             4   bit 0: circular
 *  112  cnt0              8
 *  120  inode             8
 *  128  creation time    16   timespec
 *  144  rate              8   frames per second, float64; NaN if unknown
 *  152  age               8   of the newest frame, ns; -1 if unknown
 * </pre>
 */
public final class CatalogueMessage {
    /** Maximum number of streams in a catalogue. */
    public static final int MAX_ENTRIES = 4096;

    private static final int BODY = Message.HEADER_BYTES;
    private static final int ASK_OLDEST = BODY;
    private static final int ASK_NEWEST = ASK_OLDEST + Short.BYTES;
    private static final int ASK_BYTES = BODY + Long.BYTES;

    private static final int VERSION = BODY;
    private static final int INSTANCE = VERSION + Integer.BYTES;
    private static final int COUNT = INSTANCE + Integer.BYTES;
    private static final int OFFERED = COUNT + Integer.BYTES;
    private static final int TIME = OFFERED + Integer.BYTES;
    private static final int HOST = TIME + Long.BYTES;
    private static final int HOST_BYTES = 64;
    private static final int ENTRIES = HOST + HOST_BYTES;
    private static final int END_BYTES = 2 * Integer.BYTES;

    private static final int NAME_BYTES = StreamName.MAX_BYTES + 1;
    private static final int TYPE = NAME_BYTES;
    private static final int NAXIS = TYPE + Integer.BYTES;
    private static final int SIZE = NAXIS + Integer.BYTES;
    private static final int KEYWORDS = SIZE + 3 * Integer.BYTES;
    private static final int RING = KEYWORDS + Integer.BYTES;
    private static final int FLAGS = RING + Integer.BYTES;
    private static final int CNT0 = FLAGS + Integer.BYTES;
    private static final int INODE = CNT0 + Long.BYTES;
    private static final int CREATED = INODE + Long.BYTES;
    private static final int RATE = CREATED + 2 * Long.BYTES;
    private static final int AGE = RATE + Double.BYTES;
    private static final int ENTRY_BYTES = AGE + Long.BYTES;

    private static final int CIRCULAR = 1;
    private static final int NANOS_PER_S = 1_000_000_000;

    /** Length of the longest catalogue. */
    public static final long MAX_BYTES = bytes(MAX_ENTRIES);

    private CatalogueMessage() {}

    /** Returns the length of a catalogue. */
    public static long bytes(int entries) {
        return ENTRIES + (long) ENTRY_BYTES * entries + END_BYTES;
    }

    /** Writes an ASK; returns its length. */
    public static long ask(MemorySegment memory) {
        return ask(memory, Message.ASK);
    }

    static long ask(MemorySegment memory, int type) {
        Message.header(memory, 0, type, ASK_BYTES - BODY);
        memory.set(JAVA_SHORT_UNALIGNED, ASK_OLDEST, (short) HeadMarker.VERSION);
        memory.set(JAVA_SHORT_UNALIGNED, ASK_NEWEST, (short) HeadMarker.VERSION);
        memory.set(JAVA_INT_UNALIGNED, ASK_NEWEST + Short.BYTES, 0);
        return ASK_BYTES;
    }

    /**
     * Checks an ASK or ASK_LINKS.
     *
     * @param bytes its length
     * @throws WireException if it is truncated, or there is no common version
     */
    public static void checkAsk(MemorySegment memory, long bytes) {
        checkVersions(memory, bytes);
    }

    /** Checks the versions with which every request on the port of an offer begins. */
    static void checkVersions(MemorySegment memory, long bytes) {
        if (bytes < ASK_BYTES) {
            throw new WireException("a request truncated");
        }
        int oldest = Short.toUnsignedInt(memory.get(JAVA_SHORT_UNALIGNED, ASK_OLDEST));
        int newest = Short.toUnsignedInt(memory.get(JAVA_SHORT_UNALIGNED, ASK_NEWEST));
        if (oldest > HeadMarker.VERSION || newest < HeadMarker.VERSION) {
            throw new WireException(
                    "it speaks versions "
                            + oldest
                            + " to "
                            + newest
                            + " of the protocol, this end version "
                            + HeadMarker.VERSION);
        }
    }

    /**
     * Writes a catalogue of at most {@link #MAX_ENTRIES} streams; returns its length.
     *
     * @param memory at least {@link #bytes} long
     */
    public static long put(MemorySegment memory, Catalogue catalogue) {
        int count = catalogue.streams().size();
        long bytes = bytes(count);
        memory.asSlice(0, bytes).fill((byte) 0);
        Message.header(memory, 0, Message.CATALOGUE, bytes - BODY);
        memory.set(JAVA_SHORT_UNALIGNED, VERSION, (short) HeadMarker.VERSION);
        memory.set(JAVA_INT_UNALIGNED, INSTANCE, catalogue.instance());
        memory.set(JAVA_INT_UNALIGNED, COUNT, count);
        memory.set(JAVA_INT_UNALIGNED, OFFERED, catalogue.offered());
        memory.set(JAVA_LONG_UNALIGNED, TIME, catalogue.sampledNs());
        putText(memory.asSlice(HOST, HOST_BYTES), catalogue.host());
        for (int i = 0; i < count; i++) {
            putEntry(
                    memory.asSlice(ENTRIES + (long) ENTRY_BYTES * i, ENTRY_BYTES),
                    catalogue.streams().get(i));
        }
        memory.set(JAVA_INT_UNALIGNED, bytes - Integer.BYTES, checksum(memory, bytes));
        return bytes;
    }

    /**
     * Checks the version of an answer.
     *
     * @throws WireException if this end does not speak it
     */
    static void checkVersion(MemorySegment answer) {
        int version = Short.toUnsignedInt(answer.get(JAVA_SHORT_UNALIGNED, VERSION));
        if (version != HeadMarker.VERSION) {
            throw new WireException(
                    "it speaks version "
                            + version
                            + " of the protocol, this end version "
                            + HeadMarker.VERSION);
        }
    }

    private static void putEntry(MemorySegment entry, Catalogue.Stream stream) {
        putText(entry.asSlice(0, NAME_BYTES), stream.name());
        Catalogue.Form form = stream.form();
        if (form != null) {
            Shape shape = form.shape();
            entry.set(JAVA_INT_UNALIGNED, TYPE, form.type().code());
            entry.set(JAVA_INT_UNALIGNED, NAXIS, shape.naxis());
            entry.set(JAVA_INT_UNALIGNED, SIZE, shape.nx());
            entry.set(JAVA_INT_UNALIGNED, SIZE + 4, shape.ny());
            entry.set(JAVA_INT_UNALIGNED, SIZE + 8, shape.nz());
            entry.set(JAVA_INT_UNALIGNED, KEYWORDS, form.keywordSlots());
            entry.set(JAVA_INT_UNALIGNED, RING, form.ring());
            entry.set(JAVA_INT_UNALIGNED, FLAGS, form.circular() ? CIRCULAR : 0);
        }
        entry.set(JAVA_LONG_UNALIGNED, CNT0, stream.cnt0());
        entry.set(JAVA_LONG_UNALIGNED, INODE, stream.identity().inode());
        Instant created = stream.identity().created();
        entry.set(JAVA_LONG_UNALIGNED, CREATED, created.getEpochSecond());
        entry.set(JAVA_LONG_UNALIGNED, CREATED + Long.BYTES, created.getNano());
        entry.set(JAVA_DOUBLE_UNALIGNED, RATE, stream.rateHz());
        entry.set(JAVA_LONG_UNALIGNED, AGE, stream.ageNs());
    }

    /** Writes a text that leaves room for the zero at its end. */
    static void putText(MemorySegment field, String text) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        long bytes = Math.min(raw.length, field.byteSize() - 1);
        MemorySegment.copy(raw, 0, field, JAVA_BYTE, 0, (int) bytes);
    }

    /**
     * Reads a catalogue and trusts nothing in it.
     *
     * @param memory a whole message, whose header {@link Message#bytes} has checked
     * @throws WireException if anything in it is wrong
     */
    public static Catalogue parse(MemorySegment memory, long bytes) {
        if (Message.type(memory, 0) != Message.CATALOGUE || bytes < bytes(0)) {
            throw new WireException("no catalogue, or a truncated one");
        }
        checkVersion(memory);
        int count = memory.get(JAVA_INT_UNALIGNED, COUNT);
        int offered = memory.get(JAVA_INT_UNALIGNED, OFFERED);
        if (count < 0 || count > MAX_ENTRIES || offered < count || bytes != bytes(count)) {
            throw new WireException(
                    "a catalogue of "
                            + bytes
                            + " bytes with "
                            + count
                            + " of "
                            + offered
                            + " streams");
        }
        if (memory.get(JAVA_INT_UNALIGNED, bytes - Integer.BYTES) != checksum(memory, bytes)) {
            throw new WireException("a catalogue was damaged on the way: the checksum is wrong");
        }
        List<Catalogue.Stream> streams = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            streams.add(parseEntry(memory.asSlice(ENTRIES + (long) ENTRY_BYTES * i, ENTRY_BYTES)));
        }
        return new Catalogue(
                memory.get(JAVA_INT_UNALIGNED, INSTANCE),
                offered,
                memory.get(JAVA_LONG_UNALIGNED, TIME),
                PlainText.of(text(memory.asSlice(HOST, HOST_BYTES))),
                streams);
    }

    private static Catalogue.Stream parseEntry(MemorySegment entry) {
        String name = text(entry.asSlice(0, NAME_BYTES));
        try {
            StreamName.check(name);
            Catalogue.Form form = parseForm(entry);
            if (form == null) {
                return Catalogue.Stream.unusable(name);
            }
            double rateHz = entry.get(JAVA_DOUBLE_UNALIGNED, RATE);
            long ageNs = entry.get(JAVA_LONG_UNALIGNED, AGE);
            long nanos = entry.get(JAVA_LONG_UNALIGNED, CREATED + Long.BYTES);
            if (rateHz < 0 || Double.isInfinite(rateHz) || ageNs < -1) {
                throw new WireException(
                        "stream '" + name + "' with rate " + rateHz + " and age " + ageNs);
            }
            if (nanos < 0 || nanos >= NANOS_PER_S) {
                throw new WireException("stream '" + name + "' with an impossible creation time");
            }
            return new Catalogue.Stream(
                    name,
                    form,
                    entry.get(JAVA_LONG_UNALIGNED, CNT0),
                    new Catalogue.Identity(
                            entry.get(JAVA_LONG_UNALIGNED, INODE),
                            created(entry.get(JAVA_LONG_UNALIGNED, CREATED), nanos)),
                    rateHz,
                    ageNs);
        } catch (ImageException e) {
            throw new WireException("a catalogue with a stream that cannot be: " + e.getMessage());
        }
    }

    private static Instant created(long seconds, long nanos) {
        long within =
                Math.clamp(seconds, Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond());
        return Instant.ofEpochSecond(within, nanos);
    }

    private static Catalogue.@Nullable Form parseForm(MemorySegment entry) {
        int code = entry.get(JAVA_INT_UNALIGNED, TYPE);
        if (code == 0) {
            return null;
        }
        DataType type =
                DataType.ofCode(code)
                        .orElseThrow(() -> new ImageException("unknown data type " + code));
        Shape shape =
                new Shape(
                        entry.get(JAVA_INT_UNALIGNED, NAXIS),
                        entry.get(JAVA_INT_UNALIGNED, SIZE),
                        entry.get(JAVA_INT_UNALIGNED, SIZE + 4),
                        entry.get(JAVA_INT_UNALIGNED, SIZE + 8));
        shape.pixels(); // refuses what a long cannot hold
        int keywordSlots = entry.get(JAVA_INT_UNALIGNED, KEYWORDS);
        int ring = entry.get(JAVA_INT_UNALIGNED, RING);
        if (keywordSlots < 0 || ring < 0) {
            throw new ImageException(keywordSlots + " keyword slots and a ring of " + ring);
        }
        boolean circular = (entry.get(JAVA_INT_UNALIGNED, FLAGS) & CIRCULAR) != 0;
        return new Catalogue.Form(type, shape, circular, keywordSlots, ring);
    }

    /**
     * Returns the text up to the first zero.
     *
     * @throws WireException if there is none
     */
    static String text(MemorySegment field) {
        byte[] raw = field.toArray(JAVA_BYTE);
        int length = 0;
        while (raw[length] != 0) {
            length++;
            if (length == raw.length) {
                throw new WireException("a text without an end");
            }
        }
        return new String(raw, 0, length, StandardCharsets.UTF_8);
    }

    /** Returns the checksum of an answer of this length, which ends with it. */
    static int checksum(MemorySegment memory, long bytes) {
        CRC32C sum = new CRC32C();
        sum.update(memory.asSlice(BODY, bytes - BODY - Integer.BYTES).asByteBuffer());
        return (int) sum.getValue();
    }
}
