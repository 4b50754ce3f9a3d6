package org.shmimtcp.tmux;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32;

/** Names of tmux sessions, as in milk's scripts. */
public final class SessionName {
    private static final String TRANSMITTER = "sTCPtx-";
    private static final String WANT = "sTCPwant-";
    private static final String RECEIVER = "sTCPrc-";

    private SessionName() {}

    /** Returns the name of the session of a stream's transmitter on a host. */
    public static String transmitter(String host, String stream) {
        return accepted(TRANSMITTER + host + "-" + stream);
    }

    /** Returns the name of the session of a stream's transmitter to a port. */
    public static String transmitterToPort(String stream, int port) {
        return accepted(TRANSMITTER + stream + "-" + port);
    }

    /** Returns the name of the session of the receiver of a copy. */
    public static String receiver(String sendingHost, String copy) {
        return distinct(RECEIVER + sendingHost + "-" + copy);
    }

    /** Returns the name of the session that keeps a copy that a host wants. */
    public static String want(String host, String copy) {
        return distinct(WANT + host + "-" + copy);
    }

    /** Returns the name of the session of a stream's receiver on a port. */
    public static String receiverOnPort(String stream, int port) {
        return distinct(RECEIVER + stream + "-" + port);
    }

    /**
     * Returns a name that tmux accepts unchanged. tmux replaces some characters and expands others,
     * and could then not find the session. Two names may become equal: {@link SessionMark}
     * distinguishes the sessions.
     */
    public static String accepted(String wanted) {
        return wanted.replaceAll("[^A-Za-z0-9_+=@,~-]", "_");
    }

    /** Returns a name like {@link #accepted}, but a different one for each input. */
    public static String distinct(String wanted) {
        String name = accepted(wanted);
        return name.equals(wanted) ? name : name + "-" + hash(wanted);
    }

    static String hash(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }
}
