package org.shmimtcp.transmit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.loop.RealTimeSettings;
import org.shmimtcp.loop.Waiting;
import org.shmimtcp.transport.ConnectionLostException;

/**
 * The readers of streams that several connections of this process share. The first connection of a
 * stream starts the reader; it ends with the last one.
 */
public final class Distributors {
    private final ImageDirectory directory;
    private final List<Distributor> running = new ArrayList<>();
    private volatile int count;

    public Distributors(ImageDirectory directory) {
        this.directory = directory;
    }

    /** Returns the number of readers that run now. */
    public int count() {
        return count;
    }

    /**
     * Sends the image on a connection from now on.
     *
     * @param image opened from the same directory; stays the caller's
     * @param waiting how to wait for a frame, if this is the stream's first connection
     * @param realTime scheduling of the reader's thread; connections that differ in it share none
     * @throws ConnectionLostException if the image is there no more
     */
    synchronized void add(
            Branch branch, Image image, Supplier<Waiting> waiting, RealTimeSettings realTime)
            throws ConnectionLostException {
        for (Distributor one : running) {
            if (one.reads(image) && one.hasSettings(realTime) && one.add(branch)) {
                return;
            }
        }
        Distributor distributor = new Distributor(open(image), waiting, realTime);
        distributor.add(branch);
        running.add(distributor);
        count = running.size();
        boolean started = false;
        try {
            Thread.ofPlatform()
                    .daemon()
                    .name("read-" + image.name())
                    .start(() -> distributor.run(() -> end(distributor)));
            started = true;
        } finally {
            if (!started) { // for lack of memory
                distributor.close();
                end(distributor);
            }
        }
    }

    /** Opens the image once more, because the connection's may be closed before the last one's. */
    private Image open(Image image) throws ConnectionLostException {
        try {
            Image own = Image.open(directory, image.name());
            if (own.isSameAs(image)) {
                return own;
            }
            own.close();
        } catch (ImageException e) {
            // removed, or about to be created again
        }
        throw new ConnectionLostException("its stream was re-created or removed");
    }

    private synchronized void end(Distributor distributor) {
        running.remove(distributor);
        count = running.size();
    }
}
