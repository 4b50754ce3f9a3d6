package org.shmimtcp.compress;

/** How frames are compressed on their way. */
public enum Compression {
    OFF,
    LZ4;

    private static final boolean HAS_LZ4 = hasLz4();

    /** False if the library that it needs is not on the class path. */
    public boolean isAvailable() {
        return this == OFF || HAS_LZ4;
    }

    private static boolean hasLz4() {
        try {
            var _ = Class.forName("net.jpountz.lz4.LZ4Factory", false, Lz4.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException absent) {
            return false;
        }
    }
}
