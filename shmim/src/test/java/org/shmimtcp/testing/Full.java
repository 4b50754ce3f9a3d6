package org.shmimtcp.testing;

/** Whether tests run in full ({@code -Dfull}), for minutes to hours, or scaled to seconds. */
public final class Full {
    private Full() {}

    public static boolean isOn() {
        String value = System.getProperty("full");
        return value != null && !value.equals("false");
    }

    /**
     * Returns the factor for time limits. The target itself applies in a full run on an otherwise
     * idle machine; in an ordinary run, a busy machine must not fail a test.
     */
    public static double slack() {
        return isOn() ? 1 : 5;
    }

    /** Returns {@code full} in a full run, otherwise {@code ordinary}. */
    public static int or(int full, int ordinary) {
        return isOn() ? full : ordinary;
    }
}
