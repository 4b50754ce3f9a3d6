package org.shmimtcp.receive;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.Image;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.ImageSpec;
import org.shmimtcp.link.LoopContext;
import org.shmimtcp.testing.Await;
import org.shmimtcp.testing.RunningLoop;
import org.shmimtcp.wire.Limits;

/** A receiver in the test's JVM, on a free port. */
final class ReceiverHarness implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(10);
    static final AdmissionRules RULES = rules(64 << 20);

    private final ImageDirectory directory;
    private final Receiver receiver;
    private final RunningLoop loop;

    ReceiverHarness(ImageDirectory directory) {
        this(directory, settings -> settings);
    }

    ReceiverHarness(ImageDirectory directory, UnaryOperator<ReceiveSettings> change) {
        this(directory, change, RULES);
    }

    ReceiverHarness(
            ImageDirectory directory, UnaryOperator<ReceiveSettings> change, AdmissionRules rules) {
        this.directory = directory;
        ReceiveSettings here =
                ReceiveSettings.DEFAULT.with(
                        ReceiveSettings.BIND, InetAddress.getLoopbackAddress().getHostAddress());
        try {
            receiver = new Receiver(change.apply(here), rules, LoopContext.of(directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        loop = RunningLoop.start(receiver);
    }

    /**
     * Rules with no limit except the image size, because tests connect often and from one address.
     */
    static AdmissionRules rules(long maxImageBytes) {
        AdmissionRules d = AdmissionRules.DEFAULT;
        return new AdmissionRules(
                d.allowed(),
                d.only(),
                new Limits(maxImageBytes, ImageSpec.MAX_COUNT, Limits.DEFAULT.ringBytes()),
                0,
                d.headTimeoutNs(),
                null);
    }

    static UnaryOperator<ReceiveSettings> named(@Nullable String local) {
        return s -> local == null ? s : s.with(ReceiveSettings.NAME, local);
    }

    static UnaryOperator<ReceiveSettings> milk0() {
        return s -> s.with(ReceiveSettings.WIRE, Wire.MILK0);
    }

    static UnaryOperator<ReceiveSettings> once() {
        return s -> s.with(ReceiveSettings.ONCE, true);
    }

    int port() {
        String address = receiver.address();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    RunningLoop loop() {
        return loop;
    }

    /** Returns the copy, as soon as it exists. */
    Image awaitCopy(String name) {
        Await.until(SOON, "stream " + name, () -> directory.has(name));
        while (true) {
            try {
                return Image.open(directory, name);
            } catch (ImageException.NotReady beingMade) {
                Thread.onSpinWait();
            }
        }
    }

    /** Waits until {@code records} records were handled: published or recognized as repeats. */
    void awaitRecords(long records) {
        Await.until(
                SOON,
                records + " records, at " + loop.traffic(),
                () -> loop.traffic().out() + loop.count("repeated") >= records);
    }

    @Override
    public void close() {
        loop.close();
    }
}
