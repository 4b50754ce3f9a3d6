package org.shmimtcp.testing;

/** Whether tests run in full, {@code -Dfull}, for hours or minutes, or scaled to seconds. */
public final class Full {
    private Full() {}

    public static boolean isOn() {
        String value = System.getProperty("full");
        return value != null && !value.equals("false");
    }

    /**
     * What a bound on time is multiplied by: the goal itself holds in a full run, on a machine that
     * does nothing else; elsewhere a test must not fail because the machine was busy.
     */
    public static double slack() {
        return isOn() ? 1 : 5;
    }

    /** One of the two. */
    public static int or(int full, int ordinary) {
        return isOn() ? full : ordinary;
    }
}
