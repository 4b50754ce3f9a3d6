package org.shmimtcp.link;

import java.util.function.Function;
import java.util.function.Supplier;
import org.shmimtcp.image.ImageDirectory;
import org.shmimtcp.loop.Waiting;

/**
 * What a process provides to the link ends that it runs.
 *
 * @param directory the directory of streams
 * @param control pauses and resumes the end
 * @param waiting turns the configured wait strategy into a supplier, which is called before each
 *     frame
 * @param trace records when each frame reached each stage; only for the native protocol
 */
public record LoopContext(
        ImageDirectory directory,
        Control control,
        Function<Waiting, Supplier<Waiting>> waiting,
        LatencyTrace trace) {
    /** Returns the context of an end that runs alone. */
    public static LoopContext of(ImageDirectory directory) {
        return new LoopContext(directory, new Control(), how -> () -> how, LatencyTrace.OFF);
    }

    public LoopContext withWaiting(Function<Waiting, Supplier<Waiting>> value) {
        return new LoopContext(directory, control, value, trace);
    }

    public LoopContext withTrace(LatencyTrace value) {
        return new LoopContext(directory, control, waiting, value);
    }
}
