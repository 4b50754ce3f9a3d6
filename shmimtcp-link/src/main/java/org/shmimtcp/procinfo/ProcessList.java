package org.shmimtcp.procinfo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.posix.DirectoryFd;
import org.shmimtcp.posix.FileFd;
import org.shmimtcp.posix.Processes;

/**
 * The list of processes, {@code processinfo.list.shm}: milk's PROCESSINFOLIST. Four arrays of N
 * slots (50,000; 10,000 before 2021), one after the other:
 *
 * <pre>
 * PIDarray      4 x N
 * active        4 x N   0: free, 1: in use, 2: crashed, 3: its file is gone
 * pnamearray   80 x N   ends with a zero
 * createtime    8 x N   double, seconds
 * </pre>
 *
 * The list is read and written, never mapped, so that another process that truncates it causes an
 * ordinary error.
 *
 * <p>milk claims the first slot whose {@code active} is 0, and sets {@code active} last, without a
 * lock. Processes of this program exclude each other by a lock on the file. They do not claim a
 * slot whose PID is that of a living process, and check repeatedly whether their slot is still
 * theirs: {@link #isMine}.
 */
final class ProcessList implements AutoCloseable {
    static final String FILE = "processinfo.list.shm";
    static final int SLOTS = 50_000;
    static final int PID_BYTES = 4;
    static final int ACTIVE_BYTES = 4;
    static final int SLOT_BYTES = PID_BYTES + ACTIVE_BYTES + ProcessLayout.NAME_BYTES + 8;
    static final int FREE = 0;
    static final int IN_USE = 1;

    /** Twice milk's number: a limit, because the list is searched slot by slot. */
    private static final int MAX_SLOTS = 100_000;

    private static final int LOCK_TRIES = 20;
    private static final long LOCK_PAUSE_NS = 5_000_000;

    /**
     * Guards claims: a process has only one lock on a file, however many threads and channels it
     * has.
     */
    private static final Object CLAIMING = new Object();

    private final FileChannel channel;
    private final Object key;
    private final Path file;
    private final int slots;
    private final ByteBuffer small = buffer(ProcessLayout.NAME_BYTES);

    private ProcessList(Path file, FileChannel channel, Object key, int slots) {
        this.file = file;
        this.channel = channel;
        this.key = key;
        this.slots = slots;
    }

    /**
     * Opens the list of a directory; creates it if there is none.
     *
     * @throws IOException if it cannot be opened, or is not a list; the message gives the reason
     */
    static ProcessList open(Path directory) throws IOException {
        try (DirectoryFd place = DirectoryFd.open(directory)) {
            try (FileFd file = place.hold(FILE)) {
                return open(file);
            } catch (NoSuchFileException none) {
                make(place);
            }
            try (FileFd file = place.hold(FILE)) {
                return open(file);
            }
        }
    }

    private static ProcessList open(FileFd file) throws IOException {
        FileFd.Status is = file.status();
        if (!is.isRegularFile()) {
            throw new IOException(file.path() + " is not a file; remove it");
        }
        long slots = is.bytes() / SLOT_BYTES;
        if (is.bytes() % SLOT_BYTES != 0 || slots == 0 || slots > MAX_SLOTS) {
            throw new IOException(
                    file.path()
                            + " has "
                            + is.bytes()
                            + " bytes, unlike any process list of milk; remove it, and restart"
                            + " milk's processes");
        }
        FileChannel channel = file.channel(StandardOpenOption.READ, StandardOpenOption.WRITE);
        return new ProcessList(file.path(), channel, ProcessFile.key(file), (int) slots);
    }

    /** Creates the list under another name first, so that nobody finds half a list. */
    private static void make(DirectoryFd place) throws IOException {
        String hidden = "." + FILE + "." + Processes.ownPid();
        synchronized (CLAIMING) {
            place.delete(hidden);
            try (FileFd file = place.create(hidden, ProcessFile.FOR_ALL);
                    FileChannel channel = file.channel(StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(1), (long) SLOTS * SLOT_BYTES - 1);
                place.link(file, FILE);
            } catch (FileAlreadyExistsException another) {
                // another process created it meanwhile
            } finally {
                place.delete(hidden);
            }
        }
    }

    int slots() {
        return slots;
    }

    /** Returns true if the name still leads to this file. */
    boolean isCurrent() {
        return ProcessFile.isAt(file, key);
    }

    /**
     * Claims a slot: that of a dead process of this name, otherwise a free one.
     *
     * @param createTime seconds
     * @return its number
     * @throws IOException if there is none, or the file is gone
     */
    int claim(String name, double createTime) throws IOException {
        synchronized (CLAIMING) {
            try (FileLock _ = lock()) {
                int slot = find(name);
                if (slot < 0) {
                    throw new IOException(file + " is full: all " + slots + " slots are in use");
                }
                writeInt(pidAt(slot), Processes.ownPid());
                writeName(slot, name);
                small.clear().limit(8).putDouble(0, createTime);
                write(small, createTimeAt(slot));
                writeInt(activeAt(slot), IN_USE);
                return slot;
            }
        }
    }

    /**
     * Locks the list; returns null after some tries. A process that holds the lock for long is
     * stopped, or hostile: it must not delay this one.
     */
    private @Nullable FileLock lock() throws IOException {
        for (int i = 0; i < LOCK_TRIES; i++) {
            try {
                FileLock lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException another) {
                // held by another list of this process, which is closing
            }
            LockSupport.parkNanos(LOCK_PAUSE_NS);
        }
        return null;
    }

    private int find(String name) throws IOException {
        ByteBuffer active = buffer(slots * ACTIVE_BYTES);
        read(active, activeAt(0));
        int free = -1;
        for (int slot = 0; slot < slots; slot++) {
            boolean used = active.getInt(slot * ACTIVE_BYTES) != FREE;
            if (used && name.equals(name(slot)) && !isOthers(slot)) {
                removeFile(name, pid(slot));
                return slot;
            }
            if (!used && free < 0 && !isOthers(slot)) {
                free = slot;
            }
        }
        return free;
    }

    /** Removes the file of a killed process whose slot is claimed. */
    private void removeFile(String name, int pid) {
        if (pid != Processes.ownPid()) {
            try {
                Files.deleteIfExists(file.resolveSibling(ProcessFile.fileName(name, pid)));
            } catch (IOException notOurs) {
                // it stays: nothing leads to it any more
            }
        }
    }

    /**
     * Returns true if a living process owns the slot. One that has just claimed a free slot may not
     * have set {@code active} yet.
     */
    private boolean isOthers(int slot) throws IOException {
        int pid = pid(slot);
        return pid != Processes.ownPid() && Processes.isAlive(pid);
    }

    /**
     * Returns true if the slot has this process's PID and that name, whether it is in use or not.
     */
    boolean isMine(int slot, String name) throws IOException {
        return pid(slot) == Processes.ownPid() && name.equals(name(slot));
    }

    /** Finds a slot with this process's PID and that name; returns -1 if there is none. */
    int findMine(String name) throws IOException {
        ByteBuffer pids = buffer(slots * PID_BYTES);
        read(pids, pidAt(0));
        for (int slot = 0; slot < slots; slot++) {
            if (pids.getInt(slot * PID_BYTES) == Processes.ownPid() && name.equals(name(slot))) {
                return slot;
            }
        }
        return -1;
    }

    /** Marks a slot as in use again: milk-procCTRL frees a slot when it does not find the file. */
    void confirm(int slot) throws IOException {
        if (active(slot) != IN_USE) {
            writeInt(activeAt(slot), IN_USE);
        }
    }

    /** Frees a slot. */
    void release(int slot) throws IOException {
        writeInt(activeAt(slot), FREE);
    }

    int pid(int slot) throws IOException {
        return readInt(pidAt(slot));
    }

    int active(int slot) throws IOException {
        return readInt(activeAt(slot));
    }

    String name(int slot) throws IOException {
        read(small.clear(), nameAt(slot));
        int length = 0;
        while (length < ProcessLayout.NAME_BYTES && small.get(length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        small.get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void writeName(int slot, String name) throws IOException {
        write(ProcessFile.text(small.clear(), name), nameAt(slot));
    }

    private long pidAt(int slot) {
        return (long) PID_BYTES * slot;
    }

    private long activeAt(int slot) {
        return (long) PID_BYTES * slots + (long) ACTIVE_BYTES * slot;
    }

    private long nameAt(int slot) {
        return (long) (PID_BYTES + ACTIVE_BYTES) * slots + (long) ProcessLayout.NAME_BYTES * slot;
    }

    private long createTimeAt(int slot) {
        return (long) (SLOT_BYTES - 8) * slots + 8L * slot;
    }

    private int readInt(long offset) throws IOException {
        read(small.clear().limit(4), offset);
        return small.getInt(0);
    }

    private void writeInt(long offset, int value) throws IOException {
        small.clear().limit(4).putInt(0, value);
        write(small, offset);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void read(ByteBuffer to, long offset) throws IOException {
        ProcessFile.read(channel, to, offset, file);
    }

    private void write(ByteBuffer from, long offset) throws IOException {
        ProcessFile.write(channel, from, offset, file);
    }

    @Override
    public void close() throws IOException {
        synchronized (CLAIMING) { // closing would release the lock of another list of this process
            channel.close();
        }
    }
}
