package org.shmimtcp.web;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.posix.Clock;
import org.shmimtcp.posix.HostName;
import org.shmimtcp.status.Json;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;
import org.shmimtcp.status.StreamStatus;
import org.shmimtcp.status.StreamStatuses;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Polls links and streams once a second, on one thread, regardless of the number of browsers. It
 * waits for no browser; a slow one misses results.
 */
final class Monitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Monitor.class);
    private static final long PERIOD_MS = 1000;
    private static final long STUCK_MS = 10_000;

    /**
     * The result of one poll.
     *
     * @param number sequence number
     * @param json the overview as JSON
     */
    record Snapshot(long number, Overview overview, String json) {}

    private final ImageDirectory directory;
    private final StreamStatuses streams;
    private final LinkBook book;
    private final HostBook hostBook;
    private final Supplier<List<OtherHost>> others;
    private final LinkHistory history = new LinkHistory();
    private final Runnable everySecond;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("monitor").daemon().factory());
    private long polls;
    private volatile @Nullable Snapshot newest;
    private volatile long polledNs;
    private volatile boolean closed;

    /**
     * @param rules when there is an alert; asked in each poll
     * @param others the newest answers of the other hosts; asked in each poll, and must not wait
     * @param everySecond called after each poll
     */
    Monitor(
            ImageDirectory directory,
            Supplier<AlertRules> rules,
            Supplier<List<OtherHost>> others,
            Runnable everySecond) {
        this.book = new LinkBook(rules);
        this.hostBook = new HostBook(rules);
        this.others = others;
        this.directory = directory;
        this.streams = new StreamStatuses(directory);
        this.everySecond = everySecond;
    }

    void start() {
        var _ = clock.scheduleWithFixedDelay(this::turn, 0, PERIOD_MS, TimeUnit.MILLISECONDS);
    }

    private void turn() {
        try {
            publish(poll(++polls));
            everySecond.run();
        } catch (RuntimeException | Error e) { // or the page would stop without a word
            LOG.error("the web page cannot be updated: {}", e.toString(), e);
        }
    }

    private Snapshot poll(long number) {
        long nowMs = System.currentTimeMillis();
        String trouble = null;
        List<StreamStatus> streamsNow = List.of();
        List<LinkStatus> linksNow = List.of();
        try {
            streamsNow = streams.poll();
            linksNow = LinkStatuses.read(directory);
        } catch (ImageException | IOException e) {
            trouble = String.valueOf(e.getMessage());
        }
        List<Overview.Link> links = book.update(nowMs, linksNow);
        history.add(nowMs, links);
        List<Overview.Alert> alerts = new ArrayList<>(book.alerts(nowMs, links, streamsNow));
        List<Overview.Host> hosts = hostBook.update(others.get());
        alerts.addAll(hostBook.alerts(hosts));
        Overview overview =
                new Overview(
                        nowMs,
                        HostName.get(),
                        directory.path().toString(),
                        trouble,
                        links,
                        streamsNow,
                        hosts,
                        alerts);
        String json = Json.compact(overview);
        return new Snapshot(number, overview, json);
    }

    private void publish(Snapshot snapshot) {
        polledNs = Clock.monotonicNs();
        lock.lock();
        try {
            newest = snapshot;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for a result newer than the given one.
     *
     * @param number sequence number of the newest result that the caller has
     * @return null after the time-out, or if this monitor is closed
     */
    @Nullable Snapshot awaitNewer(long number, long timeoutMs) throws InterruptedException {
        long leftNs = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        lock.lock();
        try {
            while (!closed && leftNs > 0) {
                Snapshot there = newest;
                if (there != null && there.number() > number) {
                    return there;
                }
                leftNs = news.awaitNanos(leftNs);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Returns the newest overview; null before the first poll. */
    @Nullable Overview overview() {
        Snapshot there = newest;
        return there == null ? null : there.overview();
    }

    LinkHistory history() {
        return history;
    }

    /** True while polls happen on time. */
    boolean isWell() {
        Overview there = overview();
        return there != null && Clock.monotonicNs() - polledNs < STUCK_MS * 1_000_000L;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
        clock.execute(streams::close); // on the thread that uses them, after its last poll
        clock.shutdown();
        try {
            clock.awaitTermination(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
