package org.shmimtcp.posix;

import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A request that no CPU of this machine enter a sleep state from which it wakes slowly. The kernel
 * honors it while it is open; it ends with the process at the latest. See the kernel's <a
 * href="https://docs.kernel.org/power/pm_qos_interface.html">PM quality of service interface</a>.
 */
public final class CpuLatency implements AutoCloseable {
    /** The device, to which a signed 32-bit number of microseconds is written. */
    public static final Path DEVICE = Path.of("/dev/cpu_dma_latency");

    private static final Path DRIVER = Path.of("/sys/devices/system/cpu/cpuidle/current_driver");

    private static final String NO_DRIVER = "none";

    private final FileChannel device;

    private CpuLatency(FileChannel device) {
        this.device = device;
    }

    /**
     * Makes the request.
     *
     * @param device {@link #DEVICE}
     * @param us the longest time that a CPU may take to wake; with 0, CPUs poll for work instead of
     *     sleeping
     * @throws IOException if it is not permitted, or the kernel has no such device
     */
    public static CpuLatency request(Path device, int us) throws IOException {
        FileChannel channel = FileChannel.open(device, WRITE);
        try {
            ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
            channel.write(number.putInt(us).flip());
            return new CpuLatency(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Returns true if this is a virtual machine whose CPUs poll for work for a while before they
     * sleep. For them any sleep is expensive, since the virtual machine has to be left and entered
     * again.
     */
    public static boolean isGuest() {
        return driver().equals("haltpoll");
    }

    /**
     * Returns false if this kernel has no idle driver. Then no request has an effect: an idle CPU
     * halts, and in a virtual machine its host decides how long it takes to wake.
     */
    public static boolean isObeyed() {
        return !driver().equals(NO_DRIVER);
    }

    private static String driver() {
        try {
            return Files.readString(DRIVER).strip();
        } catch (IOException none) {
            return NO_DRIVER;
        }
    }

    @Override
    public void close() throws IOException {
        device.close();
    }
}
