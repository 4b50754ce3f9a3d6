package org.shmimtcp.status;

import tools.jackson.jr.ob.JSON;

/** Records as JSON. */
public final class Json {
    private Json() {}

    /** For people and scripts: several lines. */
    public static String pretty(Object value) {
        return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(value);
    }

    /** For programs: one line. */
    public static String compact(Object value) {
        return JSON.std.asString(value);
    }
}
