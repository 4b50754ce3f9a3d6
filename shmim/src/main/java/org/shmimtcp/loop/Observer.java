package org.shmimtcp.loop;

/** Observes a loop, on the thread that waits for the loop's end, and now and then on its own. */
public interface Observer extends AutoCloseable {
    /** Observes nothing. */
    Observer NONE =
            new Observer() {
                @Override
                public void refresh() {}

                @Override
                public void close() {}
            };

    /** Called once a second, and by a loop whose state must be seen at once. */
    void refresh();

    /**
     * Called about twenty times a second, which determines how soon external commands are obeyed.
     */
    default void tick() {}

    /** Combines two observers of the same loop. */
    static Observer both(Observer first, Observer second) {
        return new Observer() {
            @Override
            public void refresh() {
                first.refresh();
                second.refresh();
            }

            @Override
            public void tick() {
                first.tick();
                second.tick();
            }

            @Override
            public void close() {
                first.close();
                second.close();
            }
        };
    }

    /** Called when the loop has ended, from any thread, perhaps during a {@link #refresh}. */
    @Override
    void close();
}
