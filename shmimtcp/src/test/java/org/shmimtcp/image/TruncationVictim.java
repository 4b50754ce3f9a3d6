package org.shmimtcp.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The main class of a JVM whose image is truncated while it works, for {@link TruncationIT}.
 *
 * <p>Prints {@code survived} after the last round; any other output is a fault.
 */
final class TruncationVictim {
    private static final long DEADLINE_NS = 5_000_000_000L;
    private static final int PAGE = 4096;

    private final Image image;
    private final String job;
    private final AtomicLong done = new AtomicLong();

    private TruncationVictim(Image image, String job) {
        this.image = image;
        this.job = job;
    }

    /** Arguments: directory, job, rounds, executions of the job before the cut, seed. */
    public static void main(String[] args) throws Exception {
        ImageDirectory directory = new ImageDirectory(Path.of(args[0]));
        Random random = new Random(Long.parseLong(args[4]));
        int rounds = Integer.parseInt(args[2]);
        if (args[1].equals("open")) {
            openWhileItIsCut(directory, rounds);
            System.out.println("survived");
            return;
        }
        for (int round = 0; round < rounds; round++) {
            // Either everything is cut off, or everything after the page that holds the head.
            long left = round % 2 == 0 ? 0 : PAGE;
            ImageSpec spec = spec(args[1]);
            try (Image image = Image.replace(directory, spec)) {
                new TruncationVictim(image, args[1])
                        .round(Long.parseLong(args[3]), left, random.nextInt(200_000));
            }
        }
        System.out.println("survived");
    }

    /**
     * Opens the image and reads single values, while another thread truncates and restores the
     * file.
     */
    private static void openWhileItIsCut(ImageDirectory directory, int rounds) throws Exception {
        Image.create(directory, spec("open")).close();
        Path file = directory.file("x");
        byte[] whole = Files.readAllBytes(file);
        AtomicBoolean ended = new AtomicBoolean();
        Thread cutter =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!ended.get()) {
                                cut(file, whole);
                            }
                        });
        int opened = 0;
        int told = 0;
        long endNs = System.nanoTime() + DEADLINE_NS;
        while (opened + told < rounds || (opened == 0 && System.nanoTime() < endNs)) {
            try (Image image = Image.open(directory, "x")) {
                image.head();
                image.keywords().all();
                image.tables().processTraces();
                image.semaphoreValue(image.isWriting() ? 1 : (int) (image.cnt0() & 1));
                image.written();
                image.readerPid(3);
                opened++;
            } catch (ImageException refused) {
                told++;
            }
        }
        ended.set(true);
        cutter.join();
        if (opened == 0 || told == 0) {
            System.out.println("opened " + opened + " times, told " + told + " times");
        }
    }

    private static void cut(Path file, byte[] whole) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(0);
            LockSupport.parkNanos(100_000);
            channel.write(ByteBuffer.wrap(whole));
            LockSupport.parkNanos(400_000);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ImageSpec spec(String job) {
        ImageSpec spec = ImageSpec.of("x", DataType.UINT16, Shape.of(64, 64, 4));
        return job.equals("readNext") ? spec.withImageType(ImageType.CIRCULAR_TEMPORAL) : spec;
    }

    private void round(long warmUp, long left, long delayNs) throws Exception {
        String[] outcome = {"nothing"};
        Thread worker = Thread.ofPlatform().start(() -> outcome[0] = work());
        long endNs = System.nanoTime() + DEADLINE_NS;
        while (done.get() < warmUp && worker.isAlive() && System.nanoTime() < endNs) {
            LockSupport.parkNanos(10_000);
        }
        LockSupport.parkNanos(delayNs); // so that the cut happens anywhere in the job
        try (FileChannel file = FileChannel.open(image.file(), StandardOpenOption.WRITE)) {
            file.truncate(left);
        }
        worker.join(2 * DEADLINE_NS / 1_000_000);
        if (worker.isAlive() || !outcome[0].isEmpty()) {
            System.out.println(job + " with " + left + " bytes left ended in: " + outcome[0]);
            System.exit(3);
        }
    }

    /**
     * Works until an exception or {@code isReplaced} reports the cut; returns the fault, or an
     * empty text.
     */
    private String work() {
        long endNs = System.nanoTime() + 2 * DEADLINE_NS;
        try (FrameReader reader =
                job.equals("poll") ? image.newPollingReader() : image.newReader()) {
            FrameWriter writer = image.newWriter();
            MemorySegment frame = reader.newBuffer();
            while (!image.isReplaced()) {
                once(reader, writer, frame);
                done.incrementAndGet();
                if (System.nanoTime() - endNs > 0) {
                    return "never told";
                }
            }
            return "";
        } catch (ImageException.Truncated told) {
            return closeReaderAgain();
        } catch (Throwable fault) { // above all an InternalError, which must not reach a caller
            return fault + " " + Arrays.toString(fault.getStackTrace());
        }
    }

    private void once(FrameReader reader, FrameWriter writer, MemorySegment frame) {
        switch (job) {
            case "await", "poll" -> reader.awaitNext(1_000_000);
            case "post" -> {
                writer.begin();
                writer.commit(0);
            }
            case "publish" -> writer.publish((int) (done.get() & 3), frame);
            case "readNewest" -> reader.readNewest(frame);
            case "readNext" -> {
                writer.publish((int) (done.get() & 3), frame);
                reader.readNext(frame, 0, null, 0);
            }
            default -> throw new IllegalArgumentException(job);
        }
    }

    /** Checks that a new reader and a new writer also survive. */
    private String closeReaderAgain() {
        try {
            image.newReader().close();
            image.newWriter().begin();
            image.newWriter().abort();
            return "";
        } catch (ImageException.Truncated told) {
            return "";
        }
    }
}
