package org.shmimtcp.transmit;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.FrameReader;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.KeywordTracker;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.transport.ConnectionLostException;
import org.shmimtcp.wire.FrameMessage;

/**
 * Sends a stream on several connections: each frame is copied out of shared memory and checksummed
 * once, and each connection is sent the newest one whenever it has room.
 *
 * <p>It never blocks on a connection: one that takes only part of a message keeps the buffer, and
 * the rest is sent later, while the others go on with newer frames. As in {@link FrameSender}, the
 * first pieces of a large frame are sent while the rest is being copied; here, only the first
 * connection that has room gets them.
 *
 * <p>Used by one thread. Allocates memory only when connections hold more buffers than ever before:
 * one each, beside the newest frame and the one being copied.
 */
final class Distribution implements FrameReader.Copier {
    /** Period at which keywords that changed without a frame are looked for. */
    private static final long KEYWORDS_NS = 1_000_000_000L;

    private final FrameReader reader;
    private final FrameWait wait;
    private final Arena arena;
    private final FrameEncoder encoder;
    private final KeywordHistory history;
    private final SharedFrame keywords;
    private final long pixelBytes;
    private final int slots;
    private final List<SharedFrame> buffers = new ArrayList<>();

    /** The newest frame copied. */
    private @Nullable SharedFrame newest;

    /** True if the source has a newer frame than the last one copied. */
    private boolean there;

    private long frames;
    private long nextKeywordsNs = Clock.monotonicNs();
    private long framesSinceKeywords;
    private int careful;

    // Valid while a frame is copied.
    private @Nullable Branch ahead;
    private @Nullable SharedFrame filling;
    private @Nullable ConnectionLostException lost;
    private long nowNs;

    Distribution(Image image, FrameReader reader, FrameWait wait, Arena arena) {
        this.reader = reader;
        this.wait = wait;
        this.arena = arena;
        this.encoder = new FrameEncoder(image, arena);
        this.pixelBytes = encoder.pixelBytes();
        this.slots = image.spec().keywordSlots();
        this.history = new KeywordHistory(encoder, slots, encoder.maxChanges());
        this.keywords = new SharedFrame(encoder.newKeywords(arena));
        addBuffer(); // two are needed soon, and their pages are touched now
        addBuffer();
        findKeywords();
    }

    /** Returns the number of buffers allocated so far. */
    int buffers() {
        return buffers.size();
    }

    /**
     * Serves each connection once, then waits until the source has another frame or a connection
     * must be served again.
     *
     * @param leave called with a connection that has ended, or was asked to leave
     */
    void pass(Branch[] branches, Consumer<Branch> leave) {
        nowNs = Clock.monotonicNs();
        long callNs = nowNs + Transmitter.TICK_NS;
        // The path of a frame: copy completely, send to each; below, wait.
        for (Branch branch : branches) {
            if (serve(branch, leave)) {
                callNs = Math.min(callNs, branch.callNs());
            }
        }
        findKeywordsIfDue();
        if (there) { // no connection has room
            LockSupport.parkNanos(callNs - nowNs);
            return;
        }
        there = wait.awaitNext(Math.max(0, callNs - nowNs));
        if (!there) {
            encoder.nothingNew();
        }
    }

    /** Serves a connection. Returns false if it has ended. */
    private boolean serve(Branch branch, Consumer<Branch> leave) {
        try {
            if (branch.join(newest, nowNs)) {
                findKeywords();
                wait.tell(branch.state());
            }
            if (!branch.isLeaving()) {
                send(branch);
                return true;
            }
            branch.sayFarewell();
            end(branch, null, leave);
        } catch (ConnectionLostException e) {
            end(branch, e, leave);
        }
        return false;
    }

    private static void end(
            Branch branch, @Nullable ConnectionLostException reason, Consumer<Branch> leave) {
        branch.letGo();
        leave.accept(branch);
        branch.end(reason);
    }

    private void send(Branch branch) throws ConnectionLostException {
        if (!branch.prepare(nowNs)) {
            return;
        }
        SharedFrame last = newest;
        if (!there && (last == null || !branch.lacks(last))) {
            if (!branch.isHeld()) {
                branch.catchUp(history, history.newest(), nowNs);
            }
            return;
        }
        // A frame is preceded by the keywords of the frames before it, but not by later ones.
        long before = there || last == null ? history.newest() : last.changesBefore;
        if (!branch.hasRoom(nowNs) || !branch.catchUp(history, before, nowNs) || !branch.passes()) {
            return;
        }
        if (there) {
            there = false;
            last = copyNewest(branch);
        }
        if (last == null) {
            branch.gotNothing();
        } else {
            branch.send(last, nowNs);
        }
    }

    /**
     * Copies the newest frame, and sends the first pieces of a large one to the connection.
     *
     * @return null if there was no consistent frame
     */
    private @Nullable SharedFrame copyNewest(Branch first) throws ConnectionLostException {
        ahead = first;
        lost = null;
        filling = free();
        boolean whole = reader.readNewestSlice(this);
        SharedFrame copied = filling;
        filling = null;
        ahead = null;
        if (copied == null) {
            throw new IllegalStateException("no buffer");
        }
        if (whole) {
            accept(copied);
        } else {
            giveUp(first, copied);
        }
        if (lost != null) {
            throw lost;
        }
        return whole ? copied : null;
    }

    private void accept(SharedFrame copied) {
        if (careful > 0) {
            careful--;
        }
        copied.cnt0 = reader.cnt0();
        copied.number = ++frames;
        framesSinceKeywords++;
        copied.changesBefore = history.newest();
        copied.seal(true, encoder.bytes());
        history.record(copied.message, pixelBytes, encoder.changes());
        encoder.acceptFrame(copied.message);
        copied.changes = history.newest();
        copied.users++;
        if (newest != null) {
            newest.users--;
        }
        newest = copied;
    }

    /** Copies pixels and changed keywords, while the reader checks that they belong together. */
    @Override
    public void copy(long cnt0, int ofSlice, long offset, boolean isNewest) {
        Branch first = ahead;
        SharedFrame to = filling;
        if (first == null || to == null) {
            throw new IllegalStateException("no frame was requested");
        }
        if (first.hasOpen(to)) { // from a copy that a writer disturbed
            giveUp(first, to);
            to = free();
            filling = to;
        }
        to.checksum.restart();
        long from = encoder.putHead(to.message, cnt0, ofSlice, offset, isNewest);
        if (pixelBytes > FrameSender.PIECE_BYTES && careful == 0) {
            copyAndSend(from, to, first);
        } else {
            encoder.copyPixels(from, to.message, 0, pixelBytes);
        }
    }

    private void copyAndSend(long from, SharedFrame to, Branch first) {
        first.open(to);
        long done = 0;
        while (done < pixelBytes) {
            long piece = Math.min(FrameSender.PIECE_BYTES, pixelBytes - done);
            encoder.copyPixels(from, to.message, done, piece);
            done += piece;
            to.checksum.through(FrameMessage.PIXELS + done);
            sendAhead(first, FrameMessage.PIXELS + done);
        }
    }

    private void sendAhead(Branch first, long bytes) {
        try {
            if (lost == null) {
                first.sendAhead(bytes, nowNs);
            }
        } catch (ConnectionLostException e) {
            lost = e;
        }
    }

    /** Discards a copy: the connection must be sent the rest of it, if it was sent some. */
    private void giveUp(Branch first, SharedFrame copied) {
        if (first.hasBegun(copied)) {
            careful = FrameSender.CAREFUL_FRAMES;
            copied.seal(false, encoder.bytes());
            first.complete();
        } else if (first.hasOpen(copied)) {
            first.cancel();
        }
    }

    /** Returns a buffer that nobody uses. */
    private SharedFrame free() {
        for (int i = 0; i < buffers.size(); i++) {
            SharedFrame buffer = buffers.get(i);
            if (buffer.users == 0) {
                return buffer;
            }
        }
        return addBuffer();
    }

    private SharedFrame addBuffer() {
        SharedFrame buffer = new SharedFrame(encoder.newFrame(arena));
        buffers.add(buffer);
        return buffer;
    }

    private void findKeywordsIfDue() {
        if (nowNs - nextKeywordsNs < 0) {
            return;
        }
        nextKeywordsNs = nowNs + KEYWORDS_NS;
        boolean seldom = framesSinceKeywords < slots / KeywordTracker.SLOTS_A_SCAN;
        framesSinceKeywords = 0;
        if (seldom || !(there || reader.awaitNext(0))) {
            findKeywords();
        }
    }

    /** Finds all keywords that changed without a frame. */
    private void findKeywords() {
        do {
            int count = encoder.putKeywords(keywords.message);
            history.record(keywords.message, 0, count);
            encoder.acceptKeywords(keywords.message);
        } while (!encoder.hasSeenAllKeywords());
    }
}
