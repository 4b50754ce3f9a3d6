package org.shmimtcp.status;

import tools.jackson.jr.ob.JSON;

/** Converts records to JSON. */
public final class Json {
    private Json() {}

    /** Returns JSON on several lines, for people and scripts. */
    public static String pretty(Object value) {
        return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(value);
    }

    /** Returns JSON on one line, for programs. */
    public static String compact(Object value) {
        return JSON.std.asString(value);
    }
}
