package org.shmimtcp.receive;

/**
 * Whether a copy of a wanted stream is in use. While it is not, its frames are not requested. Any
 * thread may call this.
 */
public interface Demand extends AutoCloseable {
    /** Frames are wanted whether anybody uses the copy or not. */
    Demand ALWAYS =
            new Demand() {
                @Override
                public boolean isThere() {
                    return true;
                }

                @Override
                public void await(long ns) {}

                @Override
                public void wake() {}

                @Override
                public void renew() {}

                @Override
                public void mapped(boolean byReceiver) {}

                @Override
                public void close() {}
            };

    boolean isThere();

    /** Waits until the copy is used, {@link #wake} is called, or the time is over. */
    void await(long ns);

    /** Ends {@link #await}. */
    void wake();

    /** Takes the copy as used now. */
    void renew();

    /** Sets whether the copy's receiver has it mapped, which is no use. */
    void mapped(boolean byReceiver);

    /** Ends the observation of the copy. */
    @Override
    void close();
}
