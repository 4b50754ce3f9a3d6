package org.shmimtcp.testing;

/** Whether tests run in full, {@code -Dfull}, for hours or minutes, or scaled to seconds. */
public final class Full {
    private Full() {}

    public static boolean isOn() {
        String value = System.getProperty("full");
        return value != null && !value.equals("false");
    }

    /** One of the two. */
    public static int or(int full, int ordinary) {
        return isOn() ? full : ordinary;
    }
}
