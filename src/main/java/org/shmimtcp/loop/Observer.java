package org.shmimtcp.loop;

/** Looks at a loop from the thread that waits for its end. */
public interface Observer extends AutoCloseable {
    /** For loops that nobody looks at. */
    Observer NONE =
            new Observer() {
                @Override
                public void look() {}

                @Override
                public void close() {}
            };

    /** Called once a second. */
    void look();

    /** Called when the loop has ended, from any thread, perhaps during a {@link #look}. */
    @Override
    void close();
}
