package org.shmimtcp.loop;

import java.util.function.Function;
import java.util.function.Supplier;
import org.shmimtcp.image.ImageDirectory;

/**
 * What a link end is given by the process that runs it.
 *
 * @param directory of the streams
 * @param control pauses and resumes it
 * @param waiting makes of the configured way to wait the one to use, which is asked for before each
 *     frame
 * @param steps hears when each frame reached which stage; of our own protocol only
 */
public record LoopContext(
        ImageDirectory directory,
        Control control,
        Function<Waiting, Supplier<Waiting>> waiting,
        Steps steps) {
    /** That of an end which runs alone. */
    public static LoopContext of(ImageDirectory directory) {
        return new LoopContext(directory, new Control(), how -> () -> how, Steps.OFF);
    }

    public LoopContext withControl(Control value) {
        return new LoopContext(directory, value, waiting, steps);
    }

    public LoopContext withWaiting(Function<Waiting, Supplier<Waiting>> value) {
        return new LoopContext(directory, control, value, steps);
    }

    public LoopContext withSteps(Steps value) {
        return new LoopContext(directory, control, waiting, value);
    }
}
