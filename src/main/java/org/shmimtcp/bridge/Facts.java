package org.shmimtcp.bridge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.shmimtcp.image.DataType;
import org.shmimtcp.image.ImageException;
import org.shmimtcp.image.Shape;
import org.shmimtcp.status.LinkStatus;
import org.shmimtcp.status.LinkStatuses;

/**
 * What there is on a machine, found out by a script that needs nothing of ours there: it may have
 * other programs, or none.
 *
 * @param programs where they are, by their names; only those that there are
 * @param panes of tmux
 * @param ports that somebody listens on
 * @param links that tell of themselves
 * @param streams of those asked for
 */
public record Facts(
        long timeMs,
        Map<String, String> programs,
        List<Pane> panes,
        Set<Integer> ports,
        List<LinkStatus> links,
        Map<String, Stream> streams) {
    static final List<String> PROGRAMS =
            List.of("tmux", "shmimTCPreceive", "shmimTCPtransmit", "mk2Dim");

    private static final int SIZES_AT = 4;
    private static final int TYPE_AT = 24;
    private static final int HEAD_BYTES = 32;

    /** A terminal in tmux; dead if its program has ended and it is kept to be read. */
    public record Pane(String session, boolean dead, int pid) {}

    /**
     * A stream.
     *
     * @param shape null if it is none that can be used
     */
    public record Stream(long inode, long cnt0, @Nullable Shape shape, @Nullable DataType type) {
        /** {@code 50x50 f32}. */
        String describe() {
            return shape == null || type == null
                    ? "no stream that can be read"
                    : shape + " " + type.letters();
        }
    }

    /** The script; it asks for these streams. */
    static String script(Collection<String> streams) {
        // The offsets are those of MetadataLayout: naxis and what follows, and cnt0.
        return """
        echo "time $(date +%s)"
        for p in PROGRAMS; do echo "program $p $(command -v $p)"; done
        tmux list-panes -a -F 'pane #{pane_dead} #{pane_pid} #{session_name}' 2>/dev/null
        awk '$4 == "0A" { sub(/.*:/, "", $2); print "listen " $2 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
        d=$MILK_SHM_DIR; [ -d "$d" ] || d=/milk/shm; [ -d "$d" ] || d=/tmp
        for f in "$d"/.shmimtcp/*.json; do
          p=$(sed -n 's/.*"pid":\\([0-9]*\\).*/\\1/p' "$f" 2>/dev/null)
          if [ -n "$p" ] && [ -d "/proc/$p" ]; then echo "status $(cat "$f" 2>/dev/null)"; fi
        done
        for s in STREAMS; do
          f=$d/$s.im.shm
          if [ -e "$f" ]; then
            echo "stream $s $(stat -Lc %i "$f") $(od -An -td8 -j264 -N8 "$f") $(od -An -v -tu1 -j112 -N32 "$f" | tr '\\n' ' ')"
          fi
        done
        echo end of facts
        """
                .replace("PROGRAMS", String.join(" ", PROGRAMS))
                .replace("STREAMS", Shell.join(List.copyOf(streams)));
    }

    /**
     * What the script printed. Lines of others, a greeting of the login shell say, are passed over.
     *
     * @throws BridgeException if it did not run to its end
     */
    static Facts parse(String text, String whom) {
        long timeMs = 0;
        Map<String, String> programs = new HashMap<>();
        List<Pane> panes = new ArrayList<>();
        Set<Integer> ports = new HashSet<>();
        List<LinkStatus> links = new ArrayList<>();
        Map<String, Stream> streams = new HashMap<>();
        boolean ended = false;
        for (String line : text.lines().toList()) {
            String[] word = line.strip().split(" +");
            try {
                switch (word[0]) {
                    case "time" -> timeMs = 1000 * Long.parseLong(word[1]);
                    case "program" -> {
                        if (word.length > 2) {
                            programs.put(word[1], line.substring(line.indexOf(word[2])));
                        }
                    }
                    case "pane" -> {
                        String session = line.split(" ", 4)[3];
                        boolean dead = word[1].equals("1");
                        panes.add(new Pane(session, dead, Integer.parseInt(word[2])));
                    }
                    case "listen" -> ports.add(Integer.parseInt(word[1], 16));
                    case "status" ->
                            links.addAll(LinkStatuses.fromJson("[" + line.substring(7) + "]"));
                    case "stream" -> streams.put(word[1], stream(word));
                    case "end" -> ended |= line.equals("end of facts");
                    default -> {} // somebody else's
                }
            } catch (IOException | IndexOutOfBoundsException | NumberFormatException notOurs) {
                // not ours after all, or half a file of a stream being made
            }
        }
        if (!ended) {
            throw new BridgeException(
                    "cannot find out what runs on "
                            + whom
                            + "; it said: "
                            + text.strip().lines().reduce((a, b) -> b).orElse("nothing"));
        }
        return new Facts(timeMs, programs, panes, ports, links, streams);
    }

    /** {@code stream NAME INODE CNT0} and 32 bytes: naxis at 0, sizes at 4, data type at 24. */
    private static Stream stream(String[] word) {
        long inode = Long.parseLong(word[2]);
        if (word.length < 4 + HEAD_BYTES) {
            return new Stream(inode, 0, null, null);
        }
        int[] head = new int[HEAD_BYTES];
        for (int i = 0; i < HEAD_BYTES; i++) {
            head[i] = Integer.parseInt(word[4 + i]);
        }
        int[] size = new int[3];
        for (int axis = 0; axis < 3; axis++) {
            for (int i = 3; i >= 0; i--) {
                size[axis] = size[axis] << 8 | head[SIZES_AT + 4 * axis + i];
            }
        }
        Shape shape;
        try {
            shape =
                    switch (head[0]) {
                        case 1 -> Shape.of(size[0]);
                        case 2 -> Shape.of(size[0], size[1]);
                        case 3 -> Shape.of(size[0], size[1], size[2]);
                        default -> null;
                    };
        } catch (ImageException e) {
            shape = null;
        }
        return new Stream(
                inode, Long.parseLong(word[3]), shape, DataType.ofCode(head[TYPE_AT]).orElse(null));
    }

    /** The receiver on a port, as it tells of itself. */
    Optional<LinkStatus> receiver(int port) {
        return links.stream().filter(s -> !s.transmits() && s.port() == port).findFirst();
    }

    /** The transmitter of a stream to a port. */
    Optional<LinkStatus> transmitter(String stream, int port) {
        return links.stream()
                .filter(s -> s.transmits() && s.stream().equals(stream))
                .filter(s -> s.port() == port)
                .findFirst();
    }

    Optional<Pane> pane(String session) {
        return panes.stream().filter(p -> p.session().equals(session)).findFirst();
    }
}
