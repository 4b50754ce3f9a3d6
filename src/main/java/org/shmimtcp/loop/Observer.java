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

    /** Called some twenty times a second: how soon a wish from outside is heard. */
    default void tick() {}

    /** Two that look at the same loop. */
    static Observer both(Observer first, Observer second) {
        return new Observer() {
            @Override
            public void look() {
                first.look();
                second.look();
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

    /** Called when the loop has ended, from any thread, perhaps during a {@link #look}. */
    @Override
    void close();
}
